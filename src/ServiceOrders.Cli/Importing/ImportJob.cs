using System.Globalization;
using ServiceOrders.Cli.ServiceNow;
using ServiceOrders.Host.Importing;

namespace ServiceOrders.Cli.Importing;

/// <summary>An import from its first line to its last: batch after batch, with progress and every rejected line told as they come.</summary>
/// <param name="client">Sends batches.</param>
/// <param name="witness">Hears of every ticket, where the log has its own word about deadlines.</param>
/// <param name="progress">Where progress and rejected lines are told.</param>
public sealed class ImportJob(ImportClient client, SlaWitness? witness, TextWriter progress)
{
    private readonly ImportTotals _totals = new();

    /// <summary>Something cannot be sent.</summary>
    public void Report(Unsent unsent)
    {
        _totals.AddUnsent();
        progress.WriteLine($"{unsent.Place}: {unsent.Reason}");
    }

    /// <summary>Sends everything.</summary>
    /// <exception cref="CommandException">It cannot go on.</exception>
    public async Task<ImportReport> RunAsync(IAsyncEnumerable<OutgoingLine> lines, CancellationToken cancellation)
    {
        await foreach (var batch in Batches.OfAsync(lines))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var answer in await client.SendAsync(batch, cancellation)) Take(answer, batch);
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{_totals.Lines} tickets: {_totals.Imported} imported, {_totals.Skipped} there before, {_totals.Rejected} rejected"));
        }
        return SoFar;
    }

    /// <summary>What was sent until now came to.</summary>
    public ImportReport SoFar => ImportReport.Of(_totals, witness?.Compare());

    private void Take(ImportAnswer answer, IReadOnlyList<OutgoingLine> batch)
    {
        switch (answer)
        {
            case LineRejected rejected:
                progress.WriteLine($"{batch[(int)rejected.Line - 1].Place}: {Server.Text(rejected.Problem)}");
                break;
            case TicketTold ticket:
                witness?.Hear(ticket);
                break;
            case ImportSummary summary:
                _totals.Add(summary);
                break;
        }
    }
}
