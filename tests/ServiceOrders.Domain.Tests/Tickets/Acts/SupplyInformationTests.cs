using ServiceOrders.Domain.Tickets;
using ServiceOrders.Domain.Tickets.Acts;
using static ServiceOrders.Domain.Tests.Tickets.Acting;

namespace ServiceOrders.Domain.Tests.Tickets.Acts;

public class SupplyInformationTests
{
    [Fact]
    public void What_was_missing_is_missing_no_more_and_the_wait_ends() =>
        Spec.Given(ATicket.AwaitingInformation()).When(new SupplyInformation { Product = new ProductInfo(null, " X200-1 ") }, by: Shop)
            .Then(new InformationSupplied(new ProductInfo("X200", "X200-1"), null, null, null, []), new TicketResumed(null))
            .AndTheTicket(t => t.ShouldSatisfyAllConditions(
                () => t.Status.ShouldBe(TicketStatus.Open),
                () => t.Product.ShouldBe(new ProductInfo("X200", "X200-1")),
                () => t.MissingInformation.ShouldBeEmpty(),
                () => t.InformationPending.ShouldBeFalse()));

    [Fact]
    public void A_partial_answer_leaves_the_rest_missing_and_ends_the_wait_as_well() =>
        Spec.Given(ATicket.AwaitingInformation()).When(new SupplyInformation { Text = "找不到" }, by: Shop)
            .Then(new InformationSupplied(null, null, null, "sealed(找不到)", ["product.serialNumber"]), new TicketResumed(null));

    [Fact]
    public void A_new_contact_takes_the_place_of_the_old_one() =>
        Spec.Given(ATicket.Opened()).When(new SupplyInformation { Contact = new Contact(" 王芳 ", "", "wang@example.cn", Medium.Email) }, by: Shop)
            .Then(new InformationSupplied(null, """sealed({"name":"王芳","phone":null,"email":"wang@example.cn","preferredMedium":"email"})""", Medium.Email, null, []))
            .AndTheTicket(t => t.PreferredMedium.ShouldBe(Medium.Email));

    [Theory]
    [InlineData("contact.name", "王芳", null, null, null)]
    [InlineData("contact.email", null, "a@b", null, null)]
    [InlineData("contact.preferredMedium", null, null, Medium.Wechat, null)]
    [InlineData("description", null, null, null, "更多")]
    public void Each_answer_settles_its_own_question(string field, string? name, string? email, Medium? preferred, string? text)
    {
        var asked = ATicket.Opened().After(new RequestInformation { Fields = ["contact.name", "contact.email", "contact.preferredMedium", "description"] });
        var contact = new Contact(name, "138", email, preferred);
        asked.After(new SupplyInformation { Contact = contact, Text = text }).MissingInformation
            .ShouldBe(asked.MissingInformation.Where(f => f != field));
    }

    [Fact]
    public void What_the_customer_owes_does_not_bring_the_parts() =>
        Spec.Given(ATicket.OnHold()).When(new SupplyInformation { Text = "地址不变" }).Then(new InformationSupplied(null, null, null, "sealed(地址不变)", []))
            .AndTheTicket(t => t.Status.ShouldBe(TicketStatus.OnHold));

    [Fact]
    public void A_contact_that_reaches_nobody_is_refused() =>
        Spec.Given(ATicket.Opened()).When(new SupplyInformation { Contact = new Contact("王芳", null, null, Medium.Phone) })
            .ThenRefused("unreachable", RefusalKind.Rule, "contact");
}
