using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using ServiceOrders.Domain.Tickets;
using ServiceOrders.Host.Web;
using ServiceOrders.ReadModels.Tickets;
using Swashbuckle.AspNetCore.Swagger;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ServiceOrders.Host.OpenApi;

/// <summary>
/// The OpenAPI document, made from what the endpoints say of themselves (<see cref="Operations"/>) and the doc comments of the types; Swagger UI at <c>/swagger</c>, all of it
/// served from here.
/// </summary>
public static class OpenApiSetup
{
    /// <summary>The document's name.</summary>
    public const string Document = "v1";

    /// <summary>Adds what makes the document.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSingleton<ISerializerDataContractResolver>(new JsonSerializerDataContractResolver(ApiJson.Options));
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(Document, new OpenApiInfo { Title = "ServiceOrders", Version = Document, Description = OpenApiTexts.Introduction });
            options.AddSecurityDefinition(OpenApiTexts.Bearer, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A channel's or member of staff's key." });
            options.AddSecurityDefinition(OpenApiTexts.ApiKey, new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "The same key, in a header of its own." });
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.CustomSchemaIds(SchemaIdOf);
            options.OperationFilter<OperationDocument>();
            options.DocumentFilter<ProblemExamples>();
            options.UseAllOfToExtendReferenceSchemas();
            // Free-form JSON: what it holds differs from event to event.
            options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true });
            options.MapType<JsonNode>(() => new OpenApiSchema { AdditionalPropertiesAllowed = true });
            foreach (var assembly in new[] { typeof(Ticket).Assembly, typeof(QueueFilter).Assembly, typeof(OpenApiSetup).Assembly })
                options.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml"));
        });
        return services;
    }

    /// <summary>Serves the document and Swagger UI.</summary>
    public static void UseOpenApiDocument(this IApplicationBuilder app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(ui =>
        {
            ui.SwaggerEndpoint($"/swagger/{Document}/swagger.json", "ServiceOrders v1");
            ui.DocumentTitle = "ServiceOrders";
            // The page's own default asks a validator on the internet.
            ui.EnableValidator(null);
        });
    }

    /// <summary>The document as text, the same for the same program: what <c>openapi/service-orders.v1.json</c> holds.</summary>
    /// <param name="services">Of an application whose endpoints are mapped.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<string> WriteAsync(IServiceProvider services, CancellationToken cancellation = default)
    {
        var document = await services.GetRequiredService<IAsyncSwaggerProvider>().GetSwaggerAsync(Document);
        return (await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_0, cancellation)).ReplaceLineEndings("\n") + "\n";
    }

    // Page<TicketView> becomes TicketViewPage.
    private static string SchemaIdOf(Type type) =>
        type.IsGenericType ? string.Concat(type.GetGenericArguments().Select(SchemaIdOf)) + type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] : type.Name;
}
