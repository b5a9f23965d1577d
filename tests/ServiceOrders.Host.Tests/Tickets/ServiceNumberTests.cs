using ServiceOrders.Host.Tests.Given;
using ServiceOrders.Host.Tickets;

namespace ServiceOrders.Host.Tests.Tickets;

public class ServiceNumberTests
{
    [Fact]
    public void The_check_digit_is_Damms() => ServiceNumber.Of(572).ShouldBe("SO-5724");

    [Theory]
    [InlineData("SO-5724")]
    [InlineData("so-5724")]
    [InlineData("  So 57 24 ")]
    [InlineData("SO5724")]
    [InlineData("5724")]
    [InlineData("57-24")]
    public void A_number_is_found_however_it_is_typed(string typed) => ServiceNumber.Parse(typed).ShouldBe("SO-5724");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SO-")]
    [InlineData("SO-4")]
    [InlineData("SO-5725")]
    [InlineData("SO-05724")]
    [InlineData("SX-5724")]
    [InlineData("SO-57x24")]
    [InlineData("SO-57242857284827482748274827482748")]
    [InlineData("SO-٥٧٢٤")]
    public void What_is_no_number_is_refused(string? typed) => ServiceNumber.Parse(typed).ShouldBeNull();

    [Fact]
    public void Every_wrong_digit_and_every_swap_of_neighbours_is_noticed()
    {
        for (var ordinal = 1_000_000L; ordinal < 1_000_200; ordinal++)
        {
            var digits = ServiceNumber.Of(ordinal)[3..].ToCharArray();
            for (var i = 0; i < digits.Length; i++)
            {
                for (var wrong = '0'; wrong <= '9'; wrong++)
                {
                    if (wrong != digits[i]) ServiceNumber.Parse("SO-" + new string([.. digits[..i], wrong, .. digits[(i + 1)..]])).ShouldBeNull();
                }
                if (i > 0 && digits[i] != digits[i - 1])
                {
                    ServiceNumber.Parse("SO-" + new string([.. digits[..(i - 1)], digits[i], digits[i - 1], .. digits[(i + 1)..]])).ShouldBeNull();
                }
            }
        }
    }
}

public class ServiceNumbersTests(Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task No_number_comes_twice_whatever_node_draws_it()
    {
        using var one = new ServiceNumbers(desk.Database.Pooled);
        using var two = new ServiceNumbers(desk.Database.Pooled);
        var drawn = await Task.WhenAll(Enumerable.Range(0, 4 * ServiceNumbers.BlockSize).Select(i => Task.Run(async () => await (i % 2 == 0 ? one : two).NextAsync())));
        drawn.Distinct().Count().ShouldBe(drawn.Length);
        drawn.ShouldAllBe(number => ServiceNumber.Parse(number) == number);
    }

    [Fact]
    public async Task A_block_is_what_the_sequence_leaves_between_two_values() =>
        (await desk.Scalar<long>("select increment_by from pg_sequences where schemaname = 'read' and sequencename = 'service_numbers'")).ShouldBe(ServiceNumbers.BlockSize);
}
