using ServiceOrders.AuditLog;
using ServiceOrders.EventStore;
using ServiceOrders.ReadModels.Tickets;

namespace ServiceOrders.Host.Hosting;

/// <summary>All that the service's database is made of.</summary>
public static class ServiceSchema
{
    /// <summary>The scripts of every part, in an order in which later ones may use what earlier ones made.</summary>
    public static IReadOnlyList<MigrationScript> Scripts =>
        [.. MigrationScript.EmbeddedIn(typeof(IEventStore).Assembly), .. MigrationScript.EmbeddedIn(typeof(AuditLogMetrics).Assembly), .. MigrationScript.EmbeddedIn(typeof(TicketQuery).Assembly)];
}
