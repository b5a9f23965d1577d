using System.Globalization;

namespace ServiceOrders.Domain.Calendars.Importing;

/// <summary>
/// How a whole-day event recurs (RFC 5545, section 3.3.10), as far as holidays do: by days, weeks, months or years, with BYMONTH, BYMONTHDAY and BYDAY. What else a rule says is refused, not
/// passed over: a holiday on the wrong date is worse than none.
/// </summary>
internal sealed class RecurrenceRule
{
    /// <summary>Values that a BY part may list.</summary>
    private const int MostValues = 100;
    private static readonly string[] Weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

    private readonly DateOnly _start;
    private string _frequency = "";
    private int _interval = 1;
    private int? _count;
    private DateOnly? _until;
    private int[] _months = [], _monthDays = [];
    private (int Nth, DayOfWeek Day)[] _days = [];
    private DayOfWeek _weekStart = DayOfWeek.Monday;

    private RecurrenceRule(DateOnly start) => _start = start;

    /// <summary>Reads a rule.</summary>
    /// <exception cref="InvalidFeedException">It is none, or says what is not followed here.</exception>
    public static RecurrenceRule Parse(ContentLine line, DateOnly start)
    {
        var rule = new RecurrenceRule(start);
        foreach (var part in line.Value.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=') is not [var name, var value]) throw line.Wrong($"part '{part}' is not NAME=value");
            rule.Take(line, name.ToUpperInvariant(), value.ToUpperInvariant());
        }
        if (rule._frequency.Length == 0) throw line.Wrong("has no FREQ");
        if (rule._count is not null && rule._until is not null) throw line.Wrong("has both COUNT and UNTIL");
        if (rule._frequency is "DAILY" or "WEEKLY" && rule._days.Any(d => d.Nth != 0)) throw line.Wrong("counts weekdays within a day or a week");
        if (rule._frequency == "WEEKLY" && rule._monthDays.Length > 0) throw line.Wrong("has BYMONTHDAY within a week");
        return rule;
    }

    /// <summary>The dates on which it recurs, in order, from one to another; some that are before the first may come too.</summary>
    /// <exception cref="FeedTooLaboriousException">That takes more than the effort allows.</exception>
    public IEnumerable<DateOnly> DatesWithin(DateOnly first, DateOnly last, FeedEffort effort)
    {
        if (_until < last) last = _until.Value;
        var counted = 0;
        foreach (var period in Periods(first, last))
        {
            effort.Spend(_frequency switch { "DAILY" => Conditions, "WEEKLY" => 7 * Conditions, _ => 1 });
            // In a set: several parts may name the same date.
            foreach (var date in DatesOf(period, effort).Where(date => date >= _start).Distinct().Order())
            {
                if (date > last || counted++ == _count) yield break;
                yield return date;
            }
        }
    }

    private void Take(ContentLine line, string name, string value)
    {
        switch (name)
        {
            case "FREQ":
                _frequency = value is "DAILY" or "WEEKLY" or "MONTHLY" or "YEARLY" ? value : throw line.Wrong("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY");
                break;
            case "INTERVAL":
                _interval = Number(line, name, value, 1, 1_000);
                break;
            case "COUNT":
                _count = Number(line, name, value, 1, 1_000_000);
                break;
            case "UNTIL":
                _until = HolidayEvent.Date(line, value);
                break;
            case "BYMONTH":
                _months = Values(line, name, value, text => Number(line, name, text, 1, 12));
                break;
            case "BYMONTHDAY":
                _monthDays = Values(line, name, value, text => Number(line, name, text, -31, 31));
                break;
            case "BYDAY":
                _days = Values(line, name, value, text => Weekday(line, text));
                break;
            case "WKST":
                _weekStart = Weekday(line, value) is (0, var day) ? day : throw line.Wrong("WKST must be a weekday");
                break;
            default:
                throw line.Wrong($"{name} is not followed here; parts that are: FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, WKST");
        }
    }

    private static T[] Values<T>(ContentLine line, string name, string list, Func<string, T> read)
    {
        var texts = list.Split(',');
        return texts.Length <= MostValues ? [.. texts.Select(read).Distinct()] : throw line.Wrong($"{name} lists more than {MostValues} values");
    }

    /// <summary>The first dates of the days, weeks, months or years that count, the first of them the last that begins no later than <paramref name="from"/>: only whoever counts recurrences needs those before.</summary>
    private IEnumerable<DateOnly> Periods(DateOnly from, DateOnly last)
    {
        var first = _frequency switch
        {
            "DAILY" => _start,
            "WEEKLY" => DateOnly.FromDayNumber(Math.Max(0, _start.DayNumber - ((int)_start.DayOfWeek - (int)_weekStart + 7) % 7)),
            "MONTHLY" => new DateOnly(_start.Year, _start.Month, 1),
            _ => new DateOnly(_start.Year, 1, 1),
        };
        for (var period = _count is null && from > first ? After(first, PeriodsBetween(first, from)) : first; period <= last; period = After(period, 1))
        {
            yield return period;
            if (period.Year + _interval >= DateOnly.MaxValue.Year) yield break;
        }
    }

    private DateOnly After(DateOnly period, int periods) => _frequency switch
    {
        "DAILY" => period.AddDays(periods * _interval),
        "WEEKLY" => period.AddDays(7 * periods * _interval),
        "MONTHLY" => period.AddMonths(periods * _interval),
        _ => period.AddYears(periods * _interval),
    };

    private int PeriodsBetween(DateOnly first, DateOnly later) => _frequency switch
    {
        "DAILY" => later.DayNumber - first.DayNumber,
        "WEEKLY" => (later.DayNumber - first.DayNumber) / 7,
        "MONTHLY" => (later.Year - first.Year) * 12 + later.Month - first.Month,
        _ => later.Year - first.Year,
    } / _interval;

    private IEnumerable<DateOnly> DatesOf(DateOnly period, FeedEffort effort) => _frequency switch
    {
        "DAILY" => Matches(period) ? [period] : [],
        "WEEKLY" => Enumerable.Range(0, 7).Select(period.AddDays).Where(date => _days.Length > 0 ? Matches(date) : date.DayOfWeek == _start.DayOfWeek && Matches(date)),
        "MONTHLY" => _months.Length == 0 || _months.Contains(period.Month) ? DatesOfMonth(period, effort) : [],
        _ => DatesOfYear(period.Year, effort),
    };

    /// <summary>What is asked of a date that days or weeks name.</summary>
    private int Conditions => 1 + _months.Length + _monthDays.Length + _days.Length;

    private bool Matches(DateOnly date) => (_months.Length == 0 || _months.Contains(date.Month)) && (_days.Length == 0 || _days.Any(d => d.Day == date.DayOfWeek))
        && (_monthDays.Length == 0 || _monthDays.Any(day => IsMonthDay(date, day)));

    private IEnumerable<DateOnly> DatesOfYear(int year, FeedEffort effort)
    {
        // Without a month, weekdays are counted within the year, and days of the month count in every month.
        if (_months.Length == 0 && _days.Length > 0 && _monthDays.Length == 0) return EachWeekday(new DateOnly(year, 1, 1), new DateOnly(year, 12, 31), effort);
        var months = _months.Length > 0 ? _months : _monthDays.Length > 0 ? [.. Enumerable.Range(1, 12)] : [_start.Month];
        return months.SelectMany(month => DatesOfMonth(new DateOnly(year, month, 1), effort));
    }

    private IEnumerable<DateOnly> DatesOfMonth(DateOnly first, FeedEffort effort)
    {
        var last = first.AddMonths(1).AddDays(-1);
        if (_days.Length > 0) return EachWeekday(first, last, effort).Where(date => _monthDays.Length == 0 || _monthDays.Any(day => IsMonthDay(date, day)));
        var days = _monthDays.Length > 0 ? _monthDays : [_start.Day];
        effort.Spend(last.Day * days.Length);
        return Enumerable.Range(0, last.Day).Select(first.AddDays).Where(date => days.Any(day => IsMonthDay(date, day)));
    }

    private IEnumerable<DateOnly> EachWeekday(DateOnly first, DateOnly last, FeedEffort effort) => _days.SelectMany(wanted =>
    {
        effort.Spend(last.DayNumber - first.DayNumber + 1);
        var all = Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays).Where(date => date.DayOfWeek == wanted.Day).ToList();
        var index = wanted.Nth > 0 ? wanted.Nth - 1 : all.Count + wanted.Nth;
        return wanted.Nth == 0 ? all : index >= 0 && index < all.Count ? [all[index]] : [];
    });

    private static bool IsMonthDay(DateOnly date, int day) => date.Day == day || date.Day == DateTime.DaysInMonth(date.Year, date.Month) + 1 + day;

    private static (int Nth, DayOfWeek Day) Weekday(ContentLine line, string text)
    {
        var day = text.Length >= 2 ? Array.IndexOf(Weekdays, text[^2..]) : -1;
        if (day < 0) throw line.Wrong($"'{text}' is no weekday: MO, 1MO, -1MO");
        return (text.Length == 2 ? 0 : Number(line, "BYDAY", text[..^2], -53, 53), (DayOfWeek)day);
    }

    private static int Number(ContentLine line, string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most && (number != 0 || least > 0)
            ? number : throw line.Wrong($"{name} must be a whole number from {least} to {most}");
}
