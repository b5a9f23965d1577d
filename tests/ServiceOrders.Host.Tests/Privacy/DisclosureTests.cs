using System.Diagnostics.Metrics;
using ServiceOrders.Domain.Privacy;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Tests.Given;

namespace ServiceOrders.Host.Tests.Privacy;

/// <summary>What looks sealed and does not open spoils nothing but itself.</summary>
public class DisclosureTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly SubjectKey Own = new(Guid.CreateVersion7(), [.. Enumerable.Repeat((byte)7, 32)]);
    private static readonly SubjectKey Anothers = new(Guid.CreateVersion7(), [.. Enumerable.Repeat((byte)8, 32)]);

    [Fact]
    public void A_name_that_looks_sealed_and_is_not_a_text_of_another_subject_and_one_that_is_none_are_told_as_unreadable_and_not_as_shown()
    {
        foreach (var text in new[] { "s1." + new string('A', 60), Anothers.Seal("王芳") })
        {
            foreach (var caller in new[] { Desk.Agent, Desk.Auditor })
            {
                var disclosure = new Disclosure(Own, caller);
                disclosure.Name(text).ShouldBe("[unreadable]");
                disclosure.Contact(text).ShouldBe(new Contact("[unreadable]", null, null, null));
                disclosure.Text(text).ShouldBe(caller == Desk.Auditor ? "[masked]" : "[unreadable]");
                disclosure.Written(text, caller.Actor).ShouldBe("[unreadable]");
                disclosure.Shown.ShouldBe(PersonalData.None);
            }
        }
        new Disclosure(Own, Desk.Agent).Text("not sealed at all").ShouldBe("[unreadable]");
        new Disclosure(Own, Desk.Agent).Name("s1.li-wei").ShouldBe("s1.li-wei");
        new Disclosure(Own, Desk.Agent).Text(Own.Seal("开机无反应")).ShouldBe("开机无反应");
        new Disclosure(SubjectKey.Erased(Own.Subject), Desk.Agent).Text(Anothers.Seal("王芳")).ShouldBeNull();
    }

    [Fact]
    public async Task A_ticket_with_a_damaged_text_is_shown_all_the_same_and_it_is_counted()
    {
        var ticket = await desk.Opened();
        await desk.Execute("update read.tickets set doc = jsonb_set(doc::jsonb, '{sealedDescription}', to_jsonb($2::text))::text where id = $1", ticket.Id, Anothers.Seal("王芳"));
        var counted = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, listening) => { if (instrument.Name == "privacy.unreadable") listening.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref counted, count));
        listener.Start();

        var shown = (await desk.Reader.GetAsync(Desk.By(Desk.Agent), ticket.Number))!;

        (shown.Description, shown.Contact, shown.Erased).ShouldBe(("[unreadable]", ticket.Contact, false));
        Interlocked.Read(ref counted).ShouldBeGreaterThan(0);
    }
}
