using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Privacy;

namespace ServiceOrders.Host.Tests.Privacy;

public class MasksTests
{
    [Theory]
    [InlineData("王芳", "王*")]
    [InlineData("  Anna Schmidt ", "A*")]
    [InlineData("𠮷野", "𠮷*")]
    [InlineData("", "")]
    [InlineData(null, null)]
    public void Of_a_name_its_first_character_is_left(string? name, string? masked) => Masks.Name(name).ShouldBe(masked);

    [Theory]
    [InlineData("+86 138 0000 1234", "***1234")]
    [InlineData("138-0000-1234", "***1234")]
    [InlineData("12345678", "***")]
    [InlineData("ask at the gate", "***")]
    [InlineData(null, null)]
    public void Of_a_telephone_number_the_last_four_digits_are_left_unless_they_were_half_of_it(string? phone, string? masked) => Masks.Phone(phone).ShouldBe(masked);

    [Theory]
    [InlineData("wang.fang@example.com", "w***@example.com")]
    [InlineData("no address", "***")]
    [InlineData("@example.com", "***")]
    [InlineData(null, null)]
    public void Of_an_address_its_first_character_and_its_domain_are_left(string? email, string? masked) => Masks.Email(email).ShouldBe(masked);

    [Fact]
    public void Of_a_contact_every_part_is_masked_and_how_they_like_to_be_reached_is_not() =>
        Masks.Of(new Contact("王芳", "13800001234", "wang@example.com", Medium.Phone)).ShouldBe(new Contact("王*", "***1234", "w***@example.com", Medium.Phone));
}
