using System.Globalization;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.Audit.Evidence;
using ServiceOrders.Audit.Keys;
using ServiceOrders.Audit.Leaves;
using ServiceOrders.Audit.Merkle;
using ServiceOrders.Audit.Sampling;
using ServiceOrders.Cli.Tests.Given;
using ServiceOrders.Domain;

namespace ServiceOrders.Cli.Tests.Sampling;

/// <summary>That a seed was fixed beforehand is no longer the export's word, where a file of evidence is at hand.</summary>
public sealed class SampleEvidenceTests : IDisposable
{
    private const string November = "2026-11";

    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly Guid[] Tickets = [.. Enumerable.Range(1, 3).Select(i => new Guid($"01990000-0000-7000-8000-{i:x12}"))];

    private readonly SigningKey _key = SigningKey.Create(), _stranger = SigningKey.Create();
    private readonly string _folder = Directory.CreateTempSubdirectory("evidence").FullName;

    [Fact]
    public async Task A_seed_whose_commitment_was_under_a_checkpoint_before_the_month_began_is_proven_to_be_fixed_beforehand()
    {
        var (exit, seen) = await RedoAsync(Evidence(), "--key", Write("key.pem", _key.Public.Pem));
        exit.ShouldBe(0, seen.Output + seen.Error);
        seen.Output.ShouldContain("Proven: the commitment to this seed was in the audit log by the checkpoint of 2026-10-01T00:01:00Z.");
        seen.Output.ShouldNotContain("Whose key it is");
        (await RedoAsync(Evidence())).Seen.Output.ShouldContain("Whose key it is");
    }

    [Fact]
    public async Task Evidence_of_another_seed_or_of_a_checkpoint_when_the_month_had_begun_is_named()
    {
        var other = await RedoAsync(Evidence(commitment: new string('0', 64)));
        other.Exit.ShouldBe(1);
        other.Seen.Output.ShouldContain("another seed than the export");
        // November begins in Shanghai on 31 October, 16:00 UTC.
        var late = await RedoAsync(Evidence(signedAt: "2026-10-31T16:00:00Z"));
        late.Exit.ShouldBe(1);
        late.Seen.Output.ShouldContain("when the month had begun");
        (await RedoAsync(Evidence(signedAt: "2026-10-31T15:59:59Z"))).Exit.ShouldBe(0);
        (await RedoAsync(Evidence(position: 6))).Exit.ShouldBe(1, "another event than the one of the export");
    }

    [Fact]
    public async Task That_a_month_is_the_first_of_all_or_lies_in_another_time_zone_is_not_taken_from_the_export_alone()
    {
        const string Late = "2026-11-20T00:00:00Z";
        var excused = await RedoAsync(Evidence(signedAt: Late), [], exported: """, "isFirstMonth": true""");
        excused.Exit.ShouldBe(1);
        excused.Seen.Output.ShouldContain("its evidence does not");
        excused.Seen.Output.ShouldContain("when the month had begun");
        excused.Seen.Output.ShouldNotContain("Proven:");
        var first = await RedoAsync(Evidence(signedAt: Late, more: """, "isFirstMonth": true"""), [], exported: """, "isFirstMonth": true""");
        first.Exit.ShouldBe(0, first.Seen.Output);
        first.Seen.Output.ShouldContain("the month in which the service was first started");
        var elsewhere = await RedoAsync(Evidence(zone: "Europe/Berlin"));
        elsewhere.Exit.ShouldBe(1);
        elsewhere.Seen.Output.ShouldContain("another time zone");
    }

    [Fact]
    public async Task Evidence_that_does_not_hold_or_is_of_another_month_or_of_nothing_is_told_apart()
    {
        var forged = await RedoAsync(Evidence(), "--key", Write("other.pem", _stranger.Public.Pem));
        forged.Exit.ShouldBe(1);
        forged.Seen.Output.ShouldContain("Its evidence does not hold.");
        var elsewhere = await RedoAsync(Evidence(month: "2026-12"));
        elsewhere.Exit.ShouldBe(1);
        elsewhere.Seen.Output.ShouldContain("The evidence of 2026-12 is of no sample in the file.");
        var borrowed = await RedoAsync(Evidence(stream: StreamIds.IdOf("sample", "2026-12")));
        borrowed.Exit.ShouldBe(1);
        borrowed.Seen.Output.ShouldContain("did not begin the sample of 2026-11");
        (await RedoAsync("{}"u8.ToArray())).Exit.ShouldBe(3);
        (await RedoAsync(Evidence(zone: "Nowhere/AtAll"))).Exit.ShouldBe(3);
        (await RedoAsync(Evidence(more: """, "commitment": 7"""))).Exit.ShouldBe(3);
    }

    public void Dispose()
    {
        _key.Dispose();
        _stranger.Dispose();
        Directory.Delete(_folder, true);
    }

    private Task<(int Exit, Terminal Seen)> RedoAsync(byte[] evidence, params string[] more) => RedoAsync(evidence, more, "");

    private async Task<(int Exit, Terminal Seen)> RedoAsync(byte[] evidence, string[] more, string exported)
    {
        var file = Path.Combine(_folder, "evidence.json");
        await File.WriteAllBytesAsync(file, evidence);
        var terminal = new Terminal
        {
            Input = Terminal.Lines(
                $$$"""{"position":5,"streamId":"0199-s","type":"sample_seed_fixed","recordedAt":"2026-10-01T00:00:00Z","data":{"month":"2026-11","timeZone":"Asia/Shanghai","commitment":"{{{SampleDraw.CommitmentOf(Seed)}}}"{{{exported}}} } }""",
                $$$"""{"position":98,"streamId":"0199-s","type":"sample_population_listed","data":{"tickets":[{{{Ids(Tickets)}}}]}}""",
                $$$"""{"position":99,"streamId":"0199-s","type":"sample_drawn","data":{"month":"2026-11","seed":"{{{Convert.ToHexStringLower(Seed)}}}","closed":3,"upTo":90,"drawn":[{{{Ids(SampleDraw.Of(Seed, Tickets))}}}]}}""",
                """{"end":{"exportId":"0199","count":3,"lastPosition":99,"upTo":99}}"""),
        };
        return (await terminal.Types(["sample", "redo", "-", "--evidence", file, .. more]), terminal);
    }

    /// <summary>A log of three events, the second of which fixed the seed, and its evidence.</summary>
    private byte[] Evidence(string? commitment = null, string signedAt = "2026-10-01T00:01:00Z", string month = November, Guid? stream = null, long position = 5, string zone = "Asia/Shanghai", string more = "")
    {
        EventRecord[] events =
        [
            Event(1, new Guid("01990000-0000-7000-8000-0000000000aa"), "ticket_opened", """{"number": "SO-1000009"}"""),
            Event(position, stream ?? StreamIds.IdOf("sample", month), "sample_seed_fixed", $$"""{"month": "{{month}}", "timeZone": "{{zone}}", "commitment": "{{commitment ?? SampleDraw.CommitmentOf(Seed)}}"{{more}} }"""),
            Event(7, new Guid("01990000-0000-7000-8000-0000000000bb"), "ticket_opened", """{"number": "SO-1000017"}"""),
        ];
        var tree = new MemoryTree();
        foreach (var record in events) tree.Append(EventEncoding.HashOf(record));
        var note = SignedNote.Sign(new Checkpoint("5f3a09c41b7e2d68", tree.Size, tree.Root, DateTimeOffset.Parse(signedAt, CultureInfo.InvariantCulture), 7), _key);
        var proven = new ProvenEvent(events[1], 1, ProofBuilder.InclusionAsync(tree, 1, tree.Size).AsTask().Result);
        return BundleWriter.Write(new EvidenceBundle(events[1].StreamId!.Value, month, note, [_key.Public], [proven], []), _key);
    }

    private static EventRecord Event(long position, Guid stream, string type, string data) => new(position, new Guid((int)position, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]), stream, 1, data, null, type,
        new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero), "*DEFAULT*", null, null, null, """{"occurredAt": "2026-10-01T00:00:00+00:00"}""", "system:sampling");

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Ids(IEnumerable<Guid> ids) => string.Join(',', ids.Select(id => $"\"{id}\""));
}
