using ServiceOrders.Host.Access;
using ServiceOrders.Host.Auditing;
using ServiceOrders.Host.Health;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.Importing;
using ServiceOrders.Host.OpenApi;
using ServiceOrders.Host.Operating;
using ServiceOrders.Host.Privacy;
using ServiceOrders.Host.Replaying;
using ServiceOrders.Host.Retargetings;
using ServiceOrders.Host.Retention;
using ServiceOrders.Host.Rules;
using ServiceOrders.Host.Sampling;
using ServiceOrders.Host.Simulating;
using ServiceOrders.Host.Telemetry;
using ServiceOrders.Host.Tickets;
using ServiceOrders.Host.Web;

namespace ServiceOrders.Host.Composition;

/// <summary>The way of a request: logged, its trouble told, not before the start-up is done, not in too large a crowd, not for too long, and only through the door.</summary>
public static class ServiceOrdersPipeline
{
    /// <summary>Lays the pipeline and maps every endpoint.</summary>
    public static void UseServiceOrders(this WebApplication app)
    {
        app.UseMiddleware<AccessLog>();
        app.UseMiddleware<Trouble>();
        app.UseStartUpGate();
        app.UseRouting();
        app.UseMiddleware<Crowd>();
        app.UseRequestTimeouts();
        app.UseMiddleware<Door>();
        app.UseOpenApiDocument();
        app.MapHealth();
        app.MapProblems();
        app.MapTickets();
        app.MapReplay();
        app.MapChannels();
        app.MapStaff();
        app.MapRules();
        app.MapRetargetings();
        app.MapRetention();
        app.MapNotices();
        app.MapImports();
        app.MapSimulations();
        app.MapDeadlines();
        app.MapProjections();
        app.MapAuditSearch();
        app.MapPrivacy();
        app.MapAuditLog();
        app.MapAuditProofs();
        app.MapVerifications();
        app.MapEvidence();
        app.MapAuditExport();
        app.MapSamples();
        // Laid here and not left to the framework, so that the OpenAPI document can be made without serving.
        app.UseEndpoints(_ => { });
    }
}
