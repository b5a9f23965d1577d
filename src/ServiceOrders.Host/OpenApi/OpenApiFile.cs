using ServiceOrders.Host.Composition;

namespace ServiceOrders.Host.OpenApi;

/// <summary>Writes the OpenAPI document to a file: <c>ServiceOrders.Host --write-openapi openapi/service-orders.v1.json</c>. Needs no database.</summary>
public static class OpenApiFile
{
    private const string Option = "--write-openapi";

    /// <summary>The file asked for; null: none.</summary>
    public static string? Wanted(IReadOnlyList<string> args) => args is [Option, var path] ? path : null;

    /// <summary>Writes it.</summary>
    public static async Task WriteAsync(string path) => await File.WriteAllTextAsync(path, await DocumentAsync());

    /// <summary>The document, of an application that is made for this alone and never serves.</summary>
    public static async Task<string> DocumentAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["ConnectionStrings:ServiceOrders"] = "Host=/nowhere";
        // The document does not hang on this key; without one, a file would be made.
        builder.Configuration["ServiceOrders:MasterKey"] = Convert.ToBase64String(new byte[32]);
        builder.AddServiceOrders(TimeProvider.System);
        await using var app = builder.Build();
        app.UseServiceOrders();
        return await OpenApiSetup.WriteAsync(app.Services);
    }
}
