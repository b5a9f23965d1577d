using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ServiceOrders.Cli.ServiceNow;
using ServiceOrders.Host.Importing;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Cli.Importing;

/// <summary>Where lines come from; each is read when it is asked for, none before.</summary>
public static class Sources
{
    /// <summary>A file that is NDJSON already: its lines as they are.</summary>
    public static async IAsyncEnumerable<OutgoingLine> NdjsonAsync(Stream file, Action<Unsent> report, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(file);
        await foreach (var (number, text) in new LineReader(reader, ImportEndpoint.MostBytesPerLine).ReadAsync(cancellation))
        {
            var place = $"line {number}";
            if (text is null) report(new Unsent(place, $"has more than {ImportEndpoint.MostBytesPerLine} bytes"));
            else yield return new OutgoingLine(place, text);
        }
    }

    /// <summary>ServiceNow's incident log: each incident told as a line, and what the log says of its deadline told to the witness.</summary>
    public static async IAsyncEnumerable<OutgoingLine> ServiceNowAsync(
        Stream file, SlaWitness witness, Action<Unsent> report, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var incident in new IncidentLog(file, row => report(new Unsent(PlaceOf(row.RowNumber, row.Number), row.Reason))).Read())
        {
            cancellation.ThrowIfCancellationRequested();
            var place = PlaceOf(incident.Rows[0].RowNumber, incident.Number);
            if (Tell(incident, place, report) is not { } line) continue;
            witness.Hear(incident);
            yield return new OutgoingLine(place, System.Text.Encoding.UTF8.GetBytes(line.ToJsonString(ApiJson.Options)));
        }
        await Task.CompletedTask;
    }

    private static JsonObject? Tell(Incident incident, string place, Action<Unsent> report)
    {
        try
        {
            return IncidentStory.Tell(incident);
        }
        catch (InvalidDataException unknown)
        {
            report(new Unsent(place, unknown.Message));
            return null;
        }
    }

    private static string PlaceOf(long row, string? number) => number is null ? $"row {row}" : $"row {row}, {number}";
}
