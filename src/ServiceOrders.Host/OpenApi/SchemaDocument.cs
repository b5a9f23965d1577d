using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ServiceOrders.Host.OpenApi;

/// <summary>Describes types as the API's JSON treats them: unknown members are refused.</summary>
internal sealed class SchemaDocument : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema own) return;
        // Contents differ from event to event; a client must not count on any member but those it knows.
        if (context.Type == typeof(JsonObject))
        {
            own.Type = JsonSchemaType.Object;
            own.AdditionalPropertiesAllowed = true;
            own.Properties?.Clear();
            own.AdditionalProperties = null;
        }
    }
}
