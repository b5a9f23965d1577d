using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using ServiceOrders.Host.Web;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ServiceOrders.Host.OpenApi;

/// <summary>An example of every kind of problem, once; operations refer to those that they may answer with.</summary>
internal sealed class ProblemExamples : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Components ??= new OpenApiComponents();
        swaggerDoc.Components.Examples = new SortedDictionary<string, IOpenApiExample>(
            ProblemTypes.All.Concat(RuleProblems.All).DistinctBy(t => t.Code).ToDictionary(t => t.Code, Example), StringComparer.Ordinal);
    }

    private static IOpenApiExample Example(ProblemType type) => new OpenApiExample
    {
        Summary = type.Title,
        Value = new JsonObject { ["type"] = type.Uri, ["title"] = type.Title, ["status"] = type.Status, ["detail"] = type.Help, ["traceId"] = "0af7651916cd43dd8448eb211c80319c" },
    };
}
