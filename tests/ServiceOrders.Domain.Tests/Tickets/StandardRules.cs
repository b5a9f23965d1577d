using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Shipped;

namespace ServiceOrders.Domain.Tests.Tickets;

/// <summary>The shipped policy <c>standard</c> and its calendar, as on the first start.</summary>
internal static class StandardRules
{
    public static readonly Rulebook Book = new([new PublishedPolicy(ShippedData.StandardPolicy with { Version = 1 }, Acting.Morning.AddYears(-1))], [BusinessCalendar.Compile(ShippedData.ChineseOffice, 1)]);
}
