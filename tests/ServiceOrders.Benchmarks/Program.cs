using System.Diagnostics;
using ServiceOrders.Benchmarks;
using ServiceOrders.Benchmarks.Figures;

// Measures the service end to end, as deploy/bench.sh runs it: first with an empty store, then with a filled one. How to read the figures: README.md.
if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

var report = new Report();
var started = Stopwatch.GetTimestamp();
if (options.Includes("calculator")) Calculator.Measure(options, report);
// The calculator needs neither service nor database.
if (options.Only is ["calculator"])
{
    report.Print($"{Environment.ProcessorCount} processors, .NET {Environment.Version}", options.JsonFile);
    return 0;
}
string machine;
await using (var stage = await Stage.SetAsync(options))
{
    machine = await stage.MachineAsync();
    Report.Say(machine);
    double? rate = null, burst = null;
    if (options.Includes("creation")) rate = await Creation.MeasureAsync(stage, options, report);
    if (options.Includes("reading")) await Reading.MeasureAsync(stage, options, report);
    if (options.Includes("burst")) burst = await Deadlines.BurstAsync(stage, options, report);
    if (options.Includes("steady")) await Deadlines.SteadyAsync(stage, options, report);
    if (options.Includes("storm")) await Deadlines.StormAsync(stage, options, report);
    // A rebuild of millions of events would tell nothing more than that of a few hundred thousand.
    var rebuildFirst = options.Tickets > Options.MostRebuilt;
    if (rebuildFirst && options.Includes("rebuild")) await Rebuilding.MeasureAsync(stage, report);
    if (options.Tickets > 0)
    {
        await Filling.FillAsync(stage, options.Tickets, report);
        if (options.Includes("creation")) await Creation.MeasureAsync(stage, options, report, rate);
        if (options.Includes("reading")) await Reading.MeasureAsync(stage, options, report);
        if (options.Includes("burst")) await Deadlines.BurstAsync(stage, options, report, burst);
        if (options.Includes("steady")) await Deadlines.SteadyAsync(stage, options, report);
        if (options.Includes("accesses")) await Accesses.MeasureAsync(stage, options, report);
        if (options.Includes("audit")) await Auditing.MeasureAsync(stage, options, report);
        if (options.Includes("verify")) await Verifying.MeasureAsync(stage, options, report);
        if (options.Includes("simulate")) await Simulating.MeasureAsync(stage, report);
        if (!rebuildFirst && options.Includes("rebuild")) await Rebuilding.MeasureAsync(stage, report);
    }
    // Last: it leaves many tickets more than it found.
    if (options.Includes("retarget")) await Retargeting.MeasureAsync(stage, options, report);
    if (options.Statements) await StatementsLog.TellAsync(stage.Database);
}
report.Print($"{machine}; {Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} minutes", options.JsonFile);
return 0;
