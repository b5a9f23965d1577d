using System.Net;
using System.Text;
using ServiceOrders.Audit.Checkpoints;
using ServiceOrders.AuditLog.Sending;
using ServiceOrders.AuditLog.Signing;
using ServiceOrders.AuditLog.Tests.Given;
using ServiceOrders.Testing;

namespace ServiceOrders.AuditLog.Tests.Sending;

/// <summary>What was signed comes outside, whatever ends in between: once, or again with the same bytes, and never anything else.</summary>
public sealed class SendingTests(TestServer server) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(server);
    private readonly Receiver _receiver = new();
    private Notary _notary = null!;

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _notary = new Notary(_ledger.ConnectionString, null, null, new WebhookSink(new Uri("https://auditor.example/checkpoints?secret=1"), _receiver));
        await _notary.IntroduceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _notary.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task Every_checkpoint_reaches_every_place_in_order_and_byte_for_byte()
    {
        StoredCheckpoint[] signed = [await SignAsync(), await SignAsync(), await SignAsync()];
        (await _notary.Sender.SendAsync()).ShouldBeNull();
        signed = [.. signed, await SignAsync()];
        (await _notary.Sender.SendAsync()).ShouldBeNull();

        // A place that has none begins with the newest; from then on it has them all.
        _notary.Filed.Select(note => note.Text).ShouldBe(signed[2..].Select(checkpoint => checkpoint.Note));
        _receiver.Bodies.ShouldBe(signed[2..].Select(checkpoint => checkpoint.Note));
        _receiver.Keys.Distinct().Count().ShouldBe(2);
        _receiver.Keys[0].ShouldMatch("^checkpoint-3-[0-9a-f]{32}$", "another history's checkpoint of the same size is no repeat");
        var states = await new SinkTable(_ledger.Database.Pooled).ListAsync();
        states.ShouldAllBe(state => state.Size == 4 && state.Attempts == 0 && state.LastError == null && state.SentAt == _notary.Time.GetUtcNow());
        states.Select(state => state.Name).ShouldContain("webhook:auditor.example", "an address may hold a secret");
    }

    [Fact]
    public async Task What_was_signed_and_not_sent_when_a_process_ended_is_sent_by_the_next_one_with_the_same_bytes()
    {
        await SignAsync();
        await _notary.Sender.SendAsync();
        var unsent = await SignAsync();

        await using var next = new Notary(_ledger.ConnectionString, like: _notary, file: _notary.File);
        (await next.Signer.SignAsync()).IsNew.ShouldBeFalse();
        await next.Sender.SendAsync();
        await _notary.Sender.SendAsync();

        _notary.Filed.Select(note => note.Text).Skip(1).ShouldBe([unsent.Note]);
        _receiver.Bodies[^1].ShouldBe(unsent.Note);
    }

    [Fact]
    public async Task An_entry_that_a_crash_left_half_written_is_completed_wherever_it_broke_off()
    {
        await SignAsync();
        await _notary.Sender.SendAsync();
        var before = await File.ReadAllBytesAsync(_notary.File);
        var entry = Encoding.UTF8.GetBytes(CheckpointFile.Entry(SignedNote.Parse((await SignAsync()).Note)));
        for (var written = 0; written <= entry.Length; written++)
        {
            await File.WriteAllBytesAsync(_notary.File, [.. before, .. entry[..written]]);
            // Another process, which remembers nothing.
            await new CheckpointSender(_ledger.Database.Pooled, [new FileSink(_notary.File)], _notary.Keys, _notary.Time).SendAsync();
            (await File.ReadAllBytesAsync(_notary.File)).ShouldBe([.. before, .. entry], $"after {written} bytes");
        }
        // And the first entry of a file.
        for (var written = 1; written < entry.Length; written++)
        {
            await File.WriteAllBytesAsync(_notary.File, entry[..written]);
            await new CheckpointSender(_ledger.Database.Pooled, [new FileSink(_notary.File)], _notary.Keys, _notary.Time).SendAsync();
            (await File.ReadAllBytesAsync(_notary.File)).ShouldBe(entry, $"after {written} bytes");
        }
    }

    [Fact]
    public async Task A_first_entry_that_broke_off_is_completed_also_when_newer_ones_have_come_since()
    {
        StoredCheckpoint[] signed = [await SignAsync(), await SignAsync(), await SignAsync()];
        var entries = signed.Select(checkpoint => Encoding.UTF8.GetBytes(CheckpointFile.Entry(SignedNote.Parse(checkpoint.Note)))).ToArray();
        Directory.CreateDirectory(Path.GetDirectoryName(_notary.File)!);
        // As much as tells which it was, a part of the dash before the signature, and all but the end.
        foreach (var written in (int[])[60, Array.IndexOf(entries[0], (byte)0xE2) + 1, entries[0].Length - 1])
        {
            await File.WriteAllBytesAsync(_notary.File, entries[0][..written]);
            using var sender = new CheckpointSender(_ledger.Database.Pooled, [new FileSink(_notary.File)], _notary.Keys, _notary.Time);
            (await sender.SendAsync()).ShouldBe(_notary.Time.GetUtcNow(), "There is more.");
            (await sender.SendAsync()).ShouldBeNull();
            (await File.ReadAllBytesAsync(_notary.File)).ShouldBe([.. entries[0], .. entries[1], .. entries[2]], $"after {written} bytes");
        }
        await File.WriteAllTextAsync(_notary.File, "service-orders-audit/another\n");
        (await _notary.Sender.SendAsync()).ShouldNotBeNull();
        (await File.ReadAllTextAsync(_notary.File)).ShouldBe("service-orders-audit/another\n");
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_place_that_hangs_holds_up_neither_the_others_nor_the_end_and_is_asked_once(bool whenAsked)
    {
        using var hanging = new HangingSink(whenAsked);
        var time = new HurriedTime();
        using var sender = new CheckpointSender(_ledger.Database.Pooled, [hanging, new FileSink(_notary.File)], _notary.Keys, time);
        var signed = await SignAsync();
        var again = (await sender.SendAsync()).ShouldNotBeNull();
        _notary.Filed.ShouldHaveSingleItem().Text.ShouldBe(signed.Note);

        time.Now = again;
        time.Now = (await sender.SendAsync()).ShouldNotBeNull();
        hanging.Calls.ShouldBe(1);
        (await new SinkTable(_ledger.Database.Pooled).ListAsync()).Single(state => state.Name == hanging.Name).ShouldSatisfyAllConditions(state => state.Attempts.ShouldBe(2), state => state.LastError.ShouldBe("TimeoutException"));

        var signer = new CheckpointSigner(_ledger.Database, _notary.Keys, [hanging], "hanging", time);
        if (whenAsked)
        {
            for (var i = 0; i < 2; i++) (await signer.SignAsync()).Refusal!.Kind.ShouldBe(SigningRefusalKind.OutsideUnusable);
            hanging.Calls.ShouldBe(2, "The signer asks once, too.");
        }

        hanging.Go.Set();
        await hanging.Ended.Task;
        for (DateTimeOffset? next = time.Now; next is { } due; time.Now = due) next = await sender.SendAsync();
        (await new SinkTable(_ledger.Database.Pooled).ListAsync()).Single(state => state.Name == hanging.Name).Size.ShouldBe(signed.Size);
    }

    [Fact]
    public async Task A_place_that_was_asked_for_somebody_who_left_is_waited_for_and_the_next_one_signs()
    {
        await GrowAsync();
        using var slow = new HangingSink(whenAsked: true);
        using var caller = new CancellationTokenSource();
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The first one who waits for the place leaves; while the second one waits it answers.
        var waits = 0;
        var signer = new CheckpointSigner(_ledger.Database, _notary.Keys, [slow], "slow", new WatchedTime(() => (Interlocked.Increment(ref waits) == 1 ? (Action)left.SetResult : slow.Go.Set)()));
        var first = signer.SignAsync(caller.Token);
        await Task.WhenAll(left.Task, slow.Begun.Task);
        await caller.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);

        var outcome = await signer.SignAsync();
        outcome.Refusal.ShouldBeNull();
        outcome.Checkpoint.ShouldNotBeNull().Size.ShouldBe(1);
        slow.Calls.ShouldBe(1, "No second thread waits for it.");
    }

    [Theory, InlineData("delete from audit.sinks"), InlineData("update audit.sinks set size = 1"), InlineData("update audit.sinks set attempts = 3, last_error = 'TimeoutException'")]
    public async Task What_a_file_has_got_is_noted_in_the_next_round_where_the_process_died_before(string before)
    {
        await GrowAsync();
        await _notary.SignAndSendAsync();
        await GrowAsync();
        await _notary.SignAndSendAsync();
        await _ledger.ExecuteAsync(before);
        using var sender = new CheckpointSender(_ledger.Database.Pooled, [new FileSink(_notary.File)], _notary.Keys, _notary.Time);
        (await sender.SendAsync()).ShouldBeNull();
        _notary.Filed.Count.ShouldBe(2, "It had it already.");
        (await new SinkTable(_ledger.Database.Pooled).ListAsync()).Single(state => state.Name == new FileSink(_notary.File).Name)
            .ShouldSatisfyAllConditions(state => state.Size.ShouldBe(2), state => state.Attempts.ShouldBe(0), state => state.LastError.ShouldBeNull());
    }

    [Fact]
    public async Task A_checkpoint_that_is_signed_and_sent_while_the_log_s_state_is_read_is_not_sent_before_it_was_signed()
    {
        await GrowAsync();
        await _notary.SignAndSendAsync();
        await using var connection = await _ledger.Sql.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        async Task RunAsync(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
        await RunAsync("lock table audit.sinks in access exclusive mode");
        var reading = AuditLog.Reading.LogStatus.ReadAsync(_ledger.Database);
        while (await _ledger.ScalarAsync<long>("select count(*) from pg_locks where relation = 'audit.sinks'::regclass and not granted") == 0) await Task.Yield();
        await RunAsync("insert into audit.checkpoints select 2, root, signed_at, position + 1, key_id, note from audit.checkpoints; update audit.sinks set size = 2");
        await transaction.CommitAsync();
        var status = await reading;
        status.Outside!.Size.ShouldBeLessThanOrEqualTo(status.Last!.Size);
    }

    [Fact]
    public async Task A_file_that_ends_in_something_else_is_left_as_it_is()
    {
        await SignAsync();
        await _notary.Sender.SendAsync();
        await File.AppendAllTextAsync(_notary.File, "service-orders-audit/another\n");
        var before = await File.ReadAllBytesAsync(_notary.File);
        await SignAsync();
        (await _notary.Sender.SendAsync()).ShouldNotBeNull();
        (await File.ReadAllBytesAsync(_notary.File)).ShouldBe(before);
        (await new SinkTable(_ledger.Database.Pooled).ListAsync()).Single(state => state.Name.StartsWith("file:", StringComparison.Ordinal)).LastError.ShouldBe("TornEntryException");
    }

    [Fact]
    public async Task A_place_that_fails_is_tried_again_with_growing_pauses_gets_everything_in_the_end_and_holds_up_no_other()
    {
        _receiver.Answer = HttpStatusCode.BadGateway;
        var first = await SignAsync();
        var pauses = new List<TimeSpan>();
        for (var round = 0; round < 13; round++)
        {
            var now = _notary.Time.GetUtcNow();
            var next = (await _notary.Sender.SendAsync()).ShouldNotBeNull();
            pauses.Add(next - now);
            // Not a moment earlier.
            _notary.Time.Advance(next - now - TimeSpan.FromMilliseconds(1));
            (await _notary.Sender.SendAsync()).ShouldBe(next);
            _notary.Time.Advance(TimeSpan.FromMilliseconds(1));
        }
        _receiver.Bodies.Count.ShouldBe(13);
        pauses.Take(4).Select(pause => pause.TotalSeconds).ShouldBe([1, 2, 4, 8]);
        pauses[^1].ShouldBe(TimeSpan.FromMinutes(10));
        _notary.Filed.Count.ShouldBe(1);
        var failing = (await new SinkTable(_ledger.Database.Pooled).ListAsync()).Single(state => state.Name.StartsWith("webhook:", StringComparison.Ordinal));
        (failing.Size, failing.Attempts, failing.LastError).ShouldBe((0, 13, "HTTP 502"));

        var second = await SignAsync();
        (_receiver.Answer, _receiver.Bodies) = (HttpStatusCode.NoContent, []);
        (await _notary.Sender.SendAsync()).ShouldBeNull();
        _receiver.Bodies.ShouldBe([second.Note]);
        _notary.Filed.Select(note => note.Text).ShouldBe([first.Note, second.Note]);
    }

    [Theory]
    [InlineData("next_try_at = 'infinity'")]
    [InlineData("next_try_at = '2099-01-01'")]
    [InlineData("next_try_at = '20000-01-01', sent_at = '20000-01-01'")]
    [InlineData("size = 9000000000000000000")]
    [InlineData("attempts = 2147483647"), InlineData("attempts = -2147483648")]
    public async Task A_row_of_places_that_somebody_wrote_to_stops_neither_the_sending_nor_the_signing(string what)
    {
        await GrowAsync();
        await _notary.SignAndSendAsync();
        // The file's own size is its own word: a larger one here is no agreement, and refused.
        await _ledger.ExecuteAsync($"update audit.sinks set {what} where sink like '{(what.StartsWith("size", StringComparison.Ordinal) ? "webhook:" : "")}%'");
        var next = await SignAsync();
        (_receiver.Answer, _receiver.Bodies) = (HttpStatusCode.BadGateway, []);
        var again = (await _notary.Sender.SendAsync()).ShouldNotBeNull();
        again.ShouldBeInRange(_notary.Time.GetUtcNow() + TimeSpan.FromSeconds(1), _notary.Time.GetUtcNow() + TimeSpan.FromMinutes(10));
        _notary.Time.Advance(again - _notary.Time.GetUtcNow());
        _receiver.Answer = HttpStatusCode.OK;
        (await _notary.Sender.SendAsync()).ShouldBeNull();
        _receiver.Bodies.ShouldBe([next.Note, next.Note]);
        _notary.Filed[^1].Text.ShouldBe(next.Note);
    }

    [Theory]
    [InlineData(HttpStatusCode.Redirect)]
    [InlineData(HttpStatusCode.Unauthorized)]
    public async Task Only_a_2xx_counts_as_received(HttpStatusCode answer)
    {
        _receiver.Answer = answer;
        await SignAsync();
        (await _notary.Sender.SendAsync()).ShouldNotBeNull();
        (await new SinkTable(_ledger.Database.Pooled).ListAsync()).Single(state => state.Attempts > 0).LastError.ShouldBe($"HTTP {(int)answer}");
    }

    [Fact]
    public async Task The_worker_signs_at_its_interval_and_on_demand_and_sends_what_it_signed()
    {
        await GrowAsync();
        await _notary.Worker.RoundAsync();
        _notary.Filed.Count.ShouldBe(1);

        await GrowAsync();
        _notary.Time.Advance(TimeSpan.FromSeconds(50));
        (await _notary.Worker.RoundAsync()).ShouldBe(_notary.Time.GetUtcNow() + TimeSpan.FromSeconds(10));
        _notary.Filed.Count.ShouldBe(1, "a minute is not over");
        _notary.Time.Advance(TimeSpan.FromSeconds(10));
        await _notary.Worker.RoundAsync();
        _notary.Filed.Count.ShouldBe(2);

        await GrowAsync();
        (await _notary.Worker.SignNowAsync()).IsNew.ShouldBeTrue();
        await _notary.Worker.RoundAsync();
        _notary.Filed.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_checkpoint_is_signed_for_an_event_as_soon_as_the_log_has_it_and_not_waited_for_without_end()
    {
        await _ledger.AppendAsync(2);
        var last = await _ledger.ScalarAsync<long>("select max(seq_id) from events.mt_events");
        (await _notary.Worker.CoverAsync(last, TimeSpan.Zero)).ShouldBe(new SigningOutcome(null, false, null));

        var covering = _notary.Worker.CoverAsync(last, TimeSpan.FromHours(1));
        await _ledger.BuildAsync();
        var covered = (await covering).Checkpoint.ShouldNotBeNull();
        covered.Position.ShouldBe(last);
        (await _notary.Worker.CoverAsync(last - 1, TimeSpan.Zero)).ShouldBe(new SigningOutcome(covered, false, null));
    }

    private async Task<StoredCheckpoint> SignAsync()
    {
        await GrowAsync();
        return (await _notary.Signer.SignAsync()).Checkpoint.ShouldNotBeNull();
    }

    private async Task GrowAsync()
    {
        await _ledger.AppendAsync(1);
        await _ledger.BuildAsync();
    }

    /// <summary>A disk that is no longer there, for whoever waits for it.</summary>
    private sealed class HangingSink(bool whenAsked) : ICheckpointSink, IDisposable
    {
        public ManualResetEventSlim Go { get; } = new();
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Calls { get; private set; }
        public string Name => "hanging";
        public bool CanBeAsked => whenAsked;

        public ValueTask<string?> LastNoteAsync(CancellationToken cancellation)
        {
            if (!Go.IsSet) Hang();
            return new((string?)null);
        }

        public Task SendAsync(StoredCheckpoint checkpoint, CancellationToken cancellation)
        {
            if (!Go.IsSet) Hang();
            return Task.CompletedTask;
        }

        public void Dispose() => Go.Dispose();

        private void Hang()
        {
            Calls++;
            Begun.TrySetResult();
            Go.Wait(CancellationToken.None);
            Ended.TrySetResult();
        }
    }

    /// <summary>A clock whose waits are over at once.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 2, 1, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : dueTime, period);
    }

    /// <summary>A clock that tells when somebody begins to wait.</summary>
    private sealed class WatchedTime(Action waited) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            waited();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    /// <summary>Whoever receives checkpoints.</summary>
    private sealed class Receiver : HttpMessageHandler
    {
        public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;
        public List<string> Bodies { get; set; } = [];
        public List<string> Keys { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Content!.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            Keys.Add(request.Headers.GetValues("Idempotency-Key").Single());
            return new HttpResponseMessage(Answer);
        }
    }
}
