using System.Text;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>Row K5: whatever is personal or free text is stored sealed, everywhere.</summary>
public class NoPlainTextTests(Desk desk) : IClassFixture<Desk>
{
    // Every one is given in some act below; none may be found in any column of any table.
    private static readonly string[] Secrets =
    [
        "描述秘密", "姓名秘密", "13800138000", "secret@example.com", "secret-acknowledged", "secret-reason", "secret-assigned", "secret-contacted", "secret-message", "secret-reply",
        "secret-question", "secret-answer", "secret-findings", "secret-solution", "secret-rejected", "secret-held", "secret-delay", "secret-escalated", "secret-resolution",
        "secret-followup", "secret-comment", "secret-confirmed", "secret-closed", "secret-reopened", "secret-cancelled", "secret-note", "secret-resumed", "secret-visit", "secret-late", "secret-visited", "姓名改变",
    ];

    [Fact]
    public async Task Nothing_personal_is_stored_in_the_clear_anywhere()
    {
        var ticket = await AFullStory();
        var found = new List<string>();
        foreach (var table in await Tables())
        {
            foreach (var secret in Secrets)
            {
                // A row as text holds every column; bytea shows as hexadecimal.
                var hex = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret));
                var hits = await desk.Scalar<long>($"select count(*) from {table} r where r::text like '%' || $1 || '%' or r::text like '%' || $2 || '%'", secret, hex);
                if (hits > 0) found.Add($"{secret} in {table}");
            }
        }
        found.ShouldBeEmpty();
        // The search does find what is stored in the clear.
        (await desk.Scalar<long>("select count(*) from events.mt_events r where r::text like '%' || $1 || '%'", "X200-0007731")).ShouldBeGreaterThan(0);
        var history = (await desk.History.PageAsync(Desk.By(Desk.Agent), ticket.ToString(), null, 500))!;
        var told = string.Concat(history.Items.Select(i => i.Data.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
        foreach (var secret in Secrets) told.ShouldContain(secret);
    }

    private async Task<Guid> AFullStory()
    {
        var ticket = (await desk.Post(Desk.Request("secret") with { Description = "描述秘密", Contact = new Contact("姓名秘密", "13800138000", "secret@example.com", Medium.Phone) }, request: Desk.Keyed(Desk.Shop, "k", "secret-reason")))
            .ShouldBeOfType<Host.Tickets.Answered>().Ticket;
        var shop = Desk.By(Desk.Shop);
        await desk.Done(ticket, "request-information", new RequestInformation { Fields = ["product.serialNumber"], Text = "secret-question" });
        await desk.Done(ticket, "supply-information", new SupplyInformation { Contact = new Contact("姓名改变", "13800138000", null, null), Text = "secret-answer" }, shop);
        await desk.Done(ticket, "acknowledge", new Acknowledge { Text = "secret-acknowledged" });
        await desk.Done(ticket, "classify", new Classify { Complexity = Complexity.Complex, Reason = "secret-reason" });
        await desk.Done(ticket, "assign", new Assign { Team = "repair", Assignee = "wu", Reason = "secret-assigned" });
        await desk.Done(ticket, "contact", new ContactCustomer { Medium = Medium.Phone, Text = "secret-contacted" });
        await desk.Done(ticket, "message", new ReceiveMessage { Text = "secret-message" }, shop);
        await desk.Done(ticket, "reply", new Reply { Text = "secret-reply" });
        await desk.Done(ticket, "diagnose", new Diagnose { Cause = FaultCause.Hardware, Findings = "secret-findings" });
        await desk.Done(ticket, "propose-solution", new ProposeSolution { Text = "secret-solution" });
        await desk.Done(ticket, "reject", new Reject { Reason = "secret-rejected" }, shop);
        await desk.Done(ticket, "hold", new PutOnHold { Reason = HoldReason.AwaitingParts, Detail = "secret-held" });
        await desk.Done(ticket, "notify-delay", new NotifyDelay { ExpectedResolution = desk.Time.Current.AddDays(1), Text = "secret-delay" });
        await desk.Done(ticket, "resume", new ResumeWork { Reason = "secret-resumed" });
        await desk.Done(ticket, "schedule-visit", new ScheduleVisit { At = desk.Time.Current.AddDays(1), Technician = "zhao-lei", Reason = "secret-visit" });
        await desk.Done(ticket, "arrive", new Arrive { Reason = "secret-late" });
        await desk.Done(ticket, "complete-visit", new CompleteVisit { Text = "secret-visited" });
        await desk.Done(ticket, "escalate", new Escalate { To = "head of service", Reason = "secret-escalated" });
        await desk.Done(ticket, "note", new AddNote { Text = "secret-note" });
        await desk.Done(ticket, "resolve", new Resolve { Text = "secret-resolution" });
        await desk.Done(ticket, "call-back", new CallBack { Reached = true, Solved = true, Text = "secret-followup" });
        await desk.Done(ticket, "confirm", new Confirm { Text = "secret-confirmed" }, shop);
        await desk.Done(ticket, "rate", new Rate { Score = 5, Comment = "secret-comment" }, shop);
        await desk.Done(ticket, "close", new Close { Reason = "secret-closed" });
        await desk.Done(ticket, "reopen", new Reopen { Reason = "secret-reopened" });
        await desk.Done(ticket, "cancel", new Cancel { Reason = "secret-cancelled" }, shop);
        return ticket.Id;
    }

    private async Task<IReadOnlyList<string>> Tables()
    {
        var names = await desk.Scalar<string[]>("""
            select array_agg(format('%I.%I', schemaname, tablename) order by 1) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
            """);
        names.ShouldContain("events.mt_events");
        names.ShouldContain("read.tickets_g1");
        return names;
    }
}
