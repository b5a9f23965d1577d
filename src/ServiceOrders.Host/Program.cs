using ServiceOrders.Host.Composition;
using ServiceOrders.Host.Hosting;
using ServiceOrders.Host.OpenApi;

if (OpenApiFile.Wanted(args) is { } path)
{
    await OpenApiFile.WriteAsync(path);
    return 0;
}

try
{
    return await ServeAsync(args);
}
catch (Exception failure) when (StartRefusal.Of(failure) is not null)
{
    await Console.Error.WriteLineAsync(StartRefusal.Of(failure)); // it says what to do; a stack trace would only hide that
    return 1;
}

static async Task<int> ServeAsync(string[] args)
{
    // appsettings.json lies beside the program, wherever it is started from.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls(ServiceOrdersOptions.DefaultUrl);
    // Ended last: the service lets its last commits finish before its database goes.
    await using var embedded = await builder.StartEmbeddedPostgresAsync(TimeProvider.System);
    // The framework would log the failure of a start with its stack trace; it is told above.
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    builder.AddServiceOrders(TimeProvider.System);
    var app = builder.Build();
    embedded?.Watch(app.Services.GetRequiredService<ILogger<EmbeddedPostgres>>());
    app.UseServiceOrders();
    try
    {
        await app.StartServiceOrdersAsync(Console.Out);
        await app.WaitForShutdownAsync();
    }
    catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
    {
        // Asked to stop while it still waited for its database.
    }
    finally
    {
        await app.StopServiceOrdersAsync();
    }
    return 0;
}
