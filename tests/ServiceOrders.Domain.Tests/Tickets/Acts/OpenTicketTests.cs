using System.Text.Json;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class OpenTicketTests
{
    private const string SealedContact = """sealed({"name":"王芳","phone":"+86 138 0000 0000","email":null,"preferredMedium":"phone"})""";

    private static readonly ClassificationSources Given = new("given", "given", "given");

    [Fact]
    public void A_request_becomes_an_open_ticket() =>
        Spec.Given(Ticket.Unopened).When(ATicket.Request with { ExternalReference = " WX-1 ", Region = "CN-31", CustomerId = Id(9) }, by: Shop)
            .Then(new TicketOpened("SO-1234567", "wechat-shop", "WX-1", Medium.Wechat, TicketKind.Repair, Urgency.Normal, Complexity.Standard, CustomerTier.Standard, Given,
                "CN-31", Id(9), AtTheShop.SubjectId, new ProductInfo("X200", "X200-0007731"), "sealed(开机无反应)", SealedContact, Medium.Phone, [], null, null))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Open),
                () => t.OpenedAt.ShouldBe(Morning),
                () => t.MissingInformation.ShouldBeEmpty()));

    [Fact]
    public void A_customers_tier_is_for_staff_to_say()
    {
        var request = ATicket.Request with { Tier = CustomerTier.High };
        Spec.Given(Ticket.Unopened).When(request, by: Shop).ThenRefused("tier-set-by-staff", RefusalKind.Rule, "tier");
        Open(request, c => c with { Actor = Anna }).Tier.ShouldBe(CustomerTier.High);
    }

    [Fact]
    public void What_is_not_given_is_classified_by_the_rules_and_the_rest_by_default()
    {
        var classifier = new Classifier([new ClassificationRule { Name = "smoke", Keywords = ["冒烟"], Kind = TicketKind.Repair, Urgency = Urgency.Urgent }]);
        Open(new OpenTicket { Description = "机器冒烟了", Contact = ATicket.Request.Contact }, c => c with { Opening = AtTheShop with { Classifier = classifier } })
            .ShouldSatisfyAllConditions(
                t => (t.Kind, t.Urgency, t.Complexity, t.Tier).ShouldBe((TicketKind.Repair, Urgency.Urgent, Classifier.DefaultComplexity, CustomerTier.Standard)),
                t => t.Classification.ShouldBe(new ClassificationSources("rule:smoke", "rule:smoke", "default")));
    }

    [Theory]
    [InlineData(TicketKind.Repair)]
    [InlineData(TicketKind.Replacement)]
    [InlineData(TicketKind.Installation)]
    [InlineData(TicketKind.Maintenance)]
    [InlineData(TicketKind.Return)]
    public void A_missing_product_does_not_reject_the_request_but_is_listed(TicketKind kind)
    {
        Open(ATicket.Request with { Kind = kind, Product = null }).MissingInformation.ShouldBe(["product.model", "product.serialNumber"]);
        Open(ATicket.Request with { Kind = kind, Product = new ProductInfo("X200", " ") }).MissingInformation.ShouldBe(["product.serialNumber"]);
        Open(ATicket.Request with { Kind = kind, Product = new ProductInfo(null, "1") }).MissingInformation.ShouldBe(["product.model"]);
    }

    [Theory]
    [InlineData(TicketKind.Consultation)]
    [InlineData(TicketKind.Complaint)]
    public void A_question_or_a_complaint_needs_no_product(TicketKind kind) =>
        Open(ATicket.Request with { Kind = kind, Product = null }).ShouldSatisfyAllConditions(
            t => t.MissingInformation.ShouldBeEmpty(),
            t => t.Product.ShouldBeNull());

    [Theory]
    [InlineData("138", null, null)]
    [InlineData(null, "a@b.cn", null)]
    [InlineData(null, null, Medium.Wechat)]
    public void One_way_to_reach_the_customer_is_enough(string? phone, string? email, Medium? preferred) =>
        Open(ATicket.Request with { Contact = new Contact(null, phone, email, preferred) }).Status.ShouldBe(TicketStatus.Open);

    [Theory]
    [InlineData(null)]
    [InlineData(Medium.Phone)]
    [InlineData(Medium.Email)]
    [InlineData(Medium.Chat)]
    public void Without_any_way_it_is_refused(Medium? preferred) =>
        Spec.Given(Ticket.Unopened).When(ATicket.Request with { Contact = new Contact("王芳", " ", "", preferred) }, by: Shop)
            .ThenRefused("unreachable", RefusalKind.Rule, "contact");

    [Fact]
    public void A_conversation_reaches_only_whoever_came_by_it() =>
        Spec.Given(Ticket.Unopened).When(ATicket.Request with { Medium = Medium.Phone, Contact = new Contact("王芳", null, null, Medium.Phone) }, by: Anna)
            .ThenRefused("unreachable", RefusalKind.Rule, "contact");

    [Fact]
    public void The_policy_that_matches_the_classified_ticket_is_recorded_with_its_version()
    {
        var rules = Published(Policy("any", 1, new Applicability()), Policy("repairs", 9, new Applicability { Kind = [TicketKind.Repair], Medium = [Medium.Wechat] }));
        Open(ATicket.Request, c => c with { Rules = rules }).ShouldSatisfyAllConditions(t => t.Policy.ShouldBe("repairs"), t => t.PolicyVersion.ShouldBe(3));
        Open(ATicket.Request with { Kind = TicketKind.Return }, c => c with { Rules = rules }).Policy.ShouldBe("any");
    }

    [Fact]
    public void Where_no_policy_matches_nothing_is_promised() => Open(ATicket.Request).Policy.ShouldBeNull();

    [Fact]
    public void An_import_names_its_policy_and_its_calendar()
    {
        var rules = Published(Policy("repairs", 9, new Applicability()), Policy("other", 1, new Applicability { Kind = [TicketKind.Return] }));
        Open(ATicket.Request, c => c with { Rules = rules, Opening = AtTheShop with { PolicyName = "other", CalendarName = "br-office" } })
            .ShouldSatisfyAllConditions(t => t.Policy.ShouldBe("other"), t => t.Calendar.ShouldBe("br-office"));
    }

    [Fact]
    public void A_policy_that_nobody_published_is_refused() =>
        Spec.Given(Ticket.Unopened).When(ATicket.Request, with: c => c with { Opening = AtTheShop with { PolicyName = "nobody" } })
            .ThenRefused("unknown-policy", RefusalKind.Rule, "policy");

    [Fact]
    public void An_imported_log_may_lack_contact_and_description() =>
        Open(new OpenTicket { Kind = TicketKind.Complaint }, c => c with { Historical = true }).ShouldSatisfyAllConditions(
            t => t.SealedContact.ShouldBeNull(),
            t => t.SealedDescription.ShouldBe("sealed()"));

    [Fact]
    public void A_ticket_is_opened_once()
    {
        var ticket = ATicket.Opened();
        Spec.Given(ticket).When(ATicket.Request, with: c => c with { Opening = AtTheShop }).ThenRefused("already-opened");
    }

    [Fact]
    public void Why_it_is_entered_late_is_kept_as_a_note() =>
        Spec.Given(Ticket.Unopened.After(ATicket.Request with { OccurredAt = Morning, Reason = "paper form" }, at: Morning.AddHours(1)))
            .When(new Acknowledge()).Then(new TicketAcknowledged(null)).AndTheTicket(t => (t.Version, t.OpenedAt).ShouldBe((3, Morning)));

    [Fact]
    public void Nothing_personal_enters_the_event_unsealed()
    {
        var request = ATicket.Request with { Reason = "paper form" };
        var outcome = Ticket.Unopened.Do(request, Context(Ticket.Unopened, Morning, Anna) with { Seal = _ => "s1.opaque" });
        var stored = string.Concat(outcome.Events.Select(e => JsonSerializer.Serialize(e.Event, e.Event.GetType())));
        foreach (var secret in (string[])["开机", "\\u", "王芳", "138 0000", "paper"]) stored.ShouldNotContain(secret);
    }

    private static Ticket Open(OpenTicket request, Func<ActContext, ActContext>? with = null)
    {
        var context = Context(Ticket.Unopened, Morning, Shop);
        context = with is null ? context : with(context);
        ActCatalog.Open.Validate(request, context.Historical).ShouldBeEmpty();
        var outcome = Ticket.Unopened.Do(request, context);
        outcome.Refusal.ShouldBeNull();
        return outcome.Ticket;
    }

    private static Policy Policy(string name, int priority, Applicability appliesTo) => new() { Name = name, Version = 3, Priority = priority, AppliesTo = appliesTo, Milestones = [] };

    private static Rulebook Published(params Policy[] policies) => new(policies.Select(p => new PublishedPolicy(p, Morning.AddDays(-1))), []);
}
