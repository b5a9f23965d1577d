using System.Globalization;
using ServiceOrders.Testing.Service;

namespace ServiceOrders.Benchmarks.Loading;

/// <summary>Reads who has used the machine's processors: the service, this program, and all others, which on a quiet machine is PostgreSQL and the kernel's work for it.</summary>
internal sealed class ProcessorClock(ServiceProcess? service)
{
    private static readonly int[] Busy = [1, 2, 3, 6, 7];
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that runs .NET

    /// <summary>Seconds used until now.</summary>
    public Reading Read() => new(service?.ProcessorTime.TotalSeconds ?? 0, Environment.CpuUsage.TotalTime.TotalSeconds, BusySeconds());

    /// <summary>The first line of /proc/stat counts user, nice, system, idle, iowait, irq, softirq.</summary>
    private static double BusySeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Busy.Sum(i => double.Parse(fields[i], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>A reading, in seconds.</summary>
    internal readonly record struct Reading(double Service, double Load, double Busy)
    {
        /// <summary>What was used since an earlier one, in processors.</summary>
        public ProcessorUse Since(Reading earlier, double seconds)
        {
            var (service, load) = (Service - earlier.Service, Load - earlier.Load);
            return new(service / seconds, load / seconds, Math.Max(0, Busy - earlier.Busy - service - load) / seconds);
        }
    }
}

/// <summary>Processors used, on average; 1 is one processor all the time.</summary>
internal readonly record struct ProcessorUse(double Service, double Load, double Others)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"service {Service:0.00}, load generator {Load:0.00}, PostgreSQL and others {Others:0.00} processors");
}
