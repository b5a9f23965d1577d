using FsCheck;
using FsCheck.Fluent;
using ServiceOrders.Audit.Sampling;

namespace ServiceOrders.Audit.Tests.Sampling;

/// <summary>The draw of a month's sample (row M4).</summary>
public class SampleDrawTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private static readonly Guid[] Tickets = [.. Enumerable.Range(1, 23).Select(i => new Guid($"01990000-0000-7000-8000-{i:x12}"))];

    [Fact]
    public void The_draw_is_the_one_that_anyone_computes()
    {
        // Computed with another program: sorted by sha256(seed + uuid.bytes).
        SampleDraw.CommitmentOf(Seed).ShouldBe("630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd");
        SampleDraw.Of(Seed, Tickets).ShouldBe([new Guid("01990000-0000-7000-8000-00000000000c"), new Guid("01990000-0000-7000-8000-000000000017"), new Guid("01990000-0000-7000-8000-000000000005")]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(100, 10)]
    [InlineData(101, 11)]
    [InlineData(int.MaxValue, 214_748_365)]
    public void A_tenth_is_drawn_rounded_up(int closed, int drawn) => SampleDraw.SizeOf(closed).ShouldBe(drawn);

    [Fact]
    public void It_is_exactly_a_tenth_rounded_up_of_those_that_there_are_each_once_whatever_their_order() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Cases, c =>
    {
        var drawn = SampleDraw.Of(c.Seed, c.Tickets);
        drawn.Count.ShouldBe((int)Math.Ceiling(c.Tickets.Length / 10.0));
        drawn.ShouldBeUnique();
        drawn.ShouldBeSubsetOf(c.Tickets);
        SampleDraw.Of(c.Seed, c.Tickets.Reverse().Concat(c.Tickets)).ShouldBe(drawn);
    }));

    [Fact]
    public void Nothing_is_picked_by_hand_a_ticket_that_is_added_or_left_out_changes_no_other_s_rank() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Cases, c =>
    {
        if (c.Tickets.Length < 2) return;
        // Leaving one out that was not drawn, the others stay drawn but for the last where the tenth gets smaller; leaving out a drawn one, the next in rank moves up.
        var before = SampleDraw.Of(c.Seed, c.Tickets);
        var without = SampleDraw.Of(c.Seed, c.Tickets[1..]);
        var expected = before.Where(ticket => ticket != c.Tickets[0]).ToArray();
        without.Take(expected.Length).ShouldBe(expected.Take(without.Count));
    }));

    [Fact]
    public void Over_many_seeds_every_ticket_is_drawn_about_as_often_as_every_other()
    {
        const int Seeds = 4_000;
        var drawn = Enumerable.Range(0, Seeds).SelectMany(i => SampleDraw.Of(BitConverter.GetBytes(i), Tickets[..20])).CountBy(ticket => ticket).ToDictionary();
        // 2 of 20 each: 400 expected, standard deviation 19; six of them on either side.
        drawn.Count.ShouldBe(20);
        drawn.Values.ShouldAllBe(times => times > 286 && times < 514);
    }

    [Fact]
    public void Drawn_again_from_what_was_told_it_agrees_and_whatever_is_altered_is_named() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Cases, c =>
    {
        if (c.Tickets.Length < 2) return;
        var told = new ToldSample(SampleDraw.CommitmentOf(c.Seed), Convert.ToHexStringLower(c.Seed), c.Tickets.Length, c.Tickets, SampleDraw.Of(c.Seed, c.Tickets));
        SampleRedo.Complaints(told).ShouldBeEmpty();
        SampleRedo.Complaints(told with { Commitment = null }).ShouldBeEmpty();
        var other = (byte[])c.Seed.Clone();
        other[0] ^= 1;
        SampleRedo.Complaints(told with { Seed = Convert.ToHexStringLower(other) }).ShouldContain(complaint => complaint.Contains("not the one that was fixed"));
        SampleRedo.Complaints(told with { Population = c.Tickets[1..] }).ShouldContain(complaint => complaint.Contains("are listed"));
        SampleRedo.Complaints(told with { Drawn = [c.Tickets.Except(told.Drawn).First(), .. told.Drawn.Skip(1)] }).Count.ShouldBe(2, "one drawn by hand, one spared");
        SampleRedo.Complaints(told with { Drawn = [.. told.Drawn.Skip(1)] }).ShouldNotBeEmpty();
        SampleRedo.Complaints(told with { Seed = "seed" }).Single().ShouldContain("64 hexadecimal digits");
    }));

    private static Arbitrary<(byte[] Seed, Guid[] Tickets)> Cases => Gen.Choose(0, int.MaxValue - 1).Select(number =>
    {
        var random = new Random(number);
        var seed = new byte[SampleDraw.SeedLength];
        random.NextBytes(seed);
        return (seed, Enumerable.Range(0, random.Next(0, 60)).Select(_ => Ticket(random)).Distinct().ToArray());
    }).ToArbitrary();

    private static Guid Ticket(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
