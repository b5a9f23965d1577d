using ServiceOrders.Domain.Tickets;
using ServiceOrders.ReadModels.Retention;
using ServiceOrders.ReadModels.Tests.Given;

namespace ServiceOrders.ReadModels.Tests.Retention;

/// <summary>Every ticket that is old enough, once, whatever the pages.</summary>
public sealed class RetentionCandidatesTests(Board board) : IClassFixture<Board>
{
    private static readonly DateTimeOffset Until = Given.Tickets.Noon;

    private int _numbers;

    [Fact]
    public async Task A_walk_passes_each_ticket_once_and_tells_the_old_ones_archived_or_not()
    {
        var walk = new RetentionCandidates(board.Database.Pooled);
        // Two at one instant, of which the younger id comes first on lists.
        var (early, late) = (await PutAsync(Until.AddDays(-3)), await PutAsync(Until.AddDays(-2)));
        var (same, also) = (await PutAsync(Until), await PutAsync(Until));
        await PutAsync(Until.AddMicroseconds(1));
        await PutAsync(Until.AddDays(-1), TicketStatus.Open);
        var archived = await PutAsync(Until.AddDays(-4));
        await board.Execute($"delete from read.queue where id = '{archived}'");
        var broken = await PutAsync(Until.AddDays(-5));
        await board.Execute($"update read.tickets set doc = '[' where id = '{broken}'");

        foreach (var passing in (int[])[1, 2, 100])
        {
            List<Guid> told = [];
            var unreadable = 0;
            for ((Guid Id, DateTimeOffset UpdatedAt)? last = (Guid.Empty, DateTimeOffset.MinValue); last is { } after;)
            {
                var page = await walk.OnListsAsync(after.Id, after.UpdatedAt, Until, passing);
                told.AddRange(page.Candidates.Where(t => t.State is not null).Select(t => t.Id));
                (unreadable, last) = (unreadable + page.Candidates.Count(t => t.State is null), page.Last);
            }
            told.ShouldBe([early, late, .. ((Guid[])[same, also]).Order()], $"pages of {passing}");
            unreadable.ShouldBe(1);

            told.Clear();
            for (Guid? last = Guid.Empty; last is { } after;)
            {
                var page = await walk.AnywhereAsync(after, Until, passing);
                told.AddRange(page.Candidates.Where(t => t.State is { IsEnded: true }).Select(t => t.Id));
                last = page.Last?.Id;
            }
            told.ShouldBe([early, late, same, also, archived], ignoreOrder: true, $"pages of {passing}");
        }
    }

    [Theory]
    [InlineData(36)]
    [InlineData(679)]
    [InlineData(1_200)]
    public async Task An_age_that_reaches_back_before_any_id_finds_nothing_and_breaks_nothing(int months)
    {
        var walk = new RetentionCandidates(board.Database.Pooled);
        var until = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(-months);
        (await walk.AnywhereAsync(Guid.Empty, until.AddYears(-20), 10)).Candidates.ShouldBeEmpty();
        (await walk.OnListsAsync(Guid.Empty, DateTimeOffset.MinValue, until.AddYears(-20), 10)).Candidates.ShouldBeEmpty();
    }

    private async Task<Guid> PutAsync(DateTimeOffset updatedAt, TicketStatus status = TicketStatus.Closed) => (await board.Put(Given.Tickets.New(Guid.CreateVersion7(updatedAt)) with
    {
        Number = $"SO-{++_numbers}", Status = status, UpdatedAt = updatedAt, EndedAt = status == TicketStatus.Open ? null : updatedAt, Milestones = [],
    })).Id;
}
