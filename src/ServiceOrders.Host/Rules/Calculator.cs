using System.Xml;
using ServiceOrders.Domain.Calendars;
using ServiceOrders.Domain.Deadlines;
using ServiceOrders.Domain.Policies;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Rules;

/// <summary>The public calculator: the arithmetic that deadlines are made with, on any calendar.</summary>
internal static class Calculator
{
    public static IResult Answer(BusinessCalendar calendar, Calculation asked)
    {
        if (ErrorsOf(asked) is { Count: > 0 } errors) return Problem.With(RuleProblem.InvalidCalculation, errors);
        try
        {
            return asked.Target is { } target ? Due(calendar, asked.Start, target) : Between(calendar, asked.Start, asked.End!.Value);
        }
        catch (CalendarRangeException beyond)
        {
            return new Problem(RuleProblem.CalendarRange, beyond.Message);
        }
    }

    private static Answer Due(BusinessCalendar calendar, DateTimeOffset start, Target target)
    {
        var promise = Budget.Promise(target, calendar, start, [], []);
        return new Answer(new Calculated(promise.DueAt, null, null, promise.Provisional));
    }

    private static Answer Between(BusinessCalendar calendar, DateTimeOffset start, DateTimeOffset end)
    {
        var working = calendar.WorkingBetween(start, end);
        return new Answer(new Calculated(null, XmlConvert.ToString(working), working.Ticks / (decimal)TimeSpan.TicksPerSecond, calendar.IsProvisional(start, end)));
    }

    private static Dictionary<string, string> ErrorsOf(Calculation asked)
    {
        if (asked.Target is { } target && asked.End is null)
        {
            var errors = PolicyValidation.TargetErrors(target);
            if (target.Agreed is not null) errors["target.agreed"] = "cannot be calculated: the customer agrees to it";
            return errors;
        }
        return asked.Target is null && asked.End is not null ? [] : new() { ["target"] = "must be given, or end, but not both" };
    }
}
