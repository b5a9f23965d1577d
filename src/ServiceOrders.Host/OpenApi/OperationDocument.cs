using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using ServiceOrders.Host.Web;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace ServiceOrders.Host.OpenApi;

/// <summary>Describes an operation by what its endpoint says of itself: query, headers, body, answers, problems, keys.</summary>
internal sealed class OperationDocument : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var endpoint = new EndpointMetadataCollection(context.ApiDescription.ActionDescriptor.EndpointMetadata);
        var isOpen = endpoint.GetMetadata<AccessInfo>() is null;
        var problems = OperationProblems.Of(endpoint, context.ApiDescription.HttpMethod ?? "");
        operation.Parameters = [.. operation.Parameters ?? [], .. Parameters(endpoint, context, problems)];
        if (endpoint.GetMetadata<BodyInfo>() is { } body) operation.RequestBody = Body(body, context);
        var lines = endpoint.GetMetadata<LinesInfo>();
        if (lines is not null) operation.RequestBody = Text(lines.MediaType, lines.Example);
        if (endpoint.GetMetadata<TextInfo>() is { } text) operation.RequestBody!.Content![text.MediaType] = Text(text.MediaType, text.Example).Content![text.MediaType];
        operation.Responses = [];
        foreach (var answers in endpoint.GetOrderedMetadata<AnswerInfo>().GroupBy(a => a.Status))
        {
            operation.Responses[Text(answers.Key)] = answers.Select(a => Answer(a, a.MediaType ?? lines?.MediaType ?? "application/json", context)).Aggregate(Either);
        }
        foreach (var status in problems.GroupBy(p => p.Status).OrderBy(g => g.Key)) operation.Responses.TryAdd(Text(status.Key), Problems([.. status], context));
        if (!isOpen)
        {
            operation.Security =
            [
                new() { [new OpenApiSecuritySchemeReference(OpenApiTexts.Bearer, context.Document)] = [] },
                new() { [new OpenApiSecuritySchemeReference(OpenApiTexts.ApiKey, context.Document)] = [] },
            ];
        }
    }

    private static IEnumerable<IOpenApiParameter> Parameters(EndpointMetadataCollection endpoint, OperationFilterContext context, IReadOnlyList<ProblemType> problems)
    {
        foreach (var parameter in endpoint.GetMetadata<QueryInfo>()?.Parameters ?? [])
        {
            var schema = context.SchemaGenerator.GenerateSchema(parameter.Type, context.SchemaRepository);
            yield return new OpenApiParameter
            {
                Name = parameter.Name, In = ParameterLocation.Query, Description = parameter.Description, Style = ParameterStyle.Form, Explode = false,
                Schema = parameter.Many ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = schema, MaxItems = 50 } : schema,
            };
        }
        if (problems.Contains(ProblemTypes.IdempotencyKeyReused)) yield return Header("Idempotency-Key", OpenApiTexts.IdempotencyKey, new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255 });
        if (problems.Contains(ProblemTypes.StaleVersion)) yield return Header("If-Match", OpenApiTexts.IfMatch, new OpenApiSchema { Type = JsonSchemaType.String }, "\"3\"");
    }

    private static OpenApiRequestBody Body(BodyInfo body, OperationFilterContext context) => new()
    {
        Required = body.Required,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = context.SchemaGenerator.GenerateSchema(body.Type, context.SchemaRepository),
                Example = body.Example is { } example ? JsonNode.Parse(example) : null,
            },
        },
    };

    // OpenAPI 3.0 has no word for a sequence of values: the body is text, its lines are described in words.
    private static OpenApiRequestBody Text(string mediaType, string example) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType> { [mediaType] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(example) } },
    };

    private static OpenApiResponse Answer(AnswerInfo answer, string mediaType, OperationFilterContext context)
    {
        var response = new OpenApiResponse { Description = answer.Description, Headers = new Dictionary<string, IOpenApiHeader>() };
        if (answer.Type is { } type)
        {
            response.Content = new Dictionary<string, OpenApiMediaType> { [mediaType] = new() { Schema = context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository) } };
        }
        if (answer.HasETag) response.Headers["ETag"] = HeaderOf(OpenApiTexts.ETag, JsonSchemaType.String);
        if (answer.HasLocation) response.Headers["Location"] = HeaderOf(OpenApiTexts.Location, JsonSchemaType.String);
        return response;
    }

    /// <summary>One status with either body, each of its own media type.</summary>
    private static OpenApiResponse Either(OpenApiResponse one, OpenApiResponse other)
    {
        one.Description += " " + other.Description;
        foreach (var (mediaType, content) in other.Content ?? new Dictionary<string, OpenApiMediaType>()) one.Content![mediaType] = content;
        return one;
    }

    private static OpenApiResponse Problems(IReadOnlyList<ProblemType> types, OperationFilterContext context)
    {
        var response = new OpenApiResponse
        {
            Description = string.Join("; ", types.Select(t => $"`{t.Uri}`: {t.Title}")) + ".",
            Headers = new Dictionary<string, IOpenApiHeader>(),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new()
                {
                    Schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemDocument), context.SchemaRepository),
                    Examples = types.ToDictionary(t => t.Code, t => (IOpenApiExample)new OpenApiExampleReference(t.Code, context.Document)),
                },
            },
        };
        if (types[0].Status is 429 or 503) response.Headers["Retry-After"] = HeaderOf(OpenApiTexts.RetryAfter, JsonSchemaType.Integer);
        if (types[0].Status is 401) response.Headers["WWW-Authenticate"] = HeaderOf(OpenApiTexts.Challenge, JsonSchemaType.String);
        return response;
    }

    private static OpenApiParameter Header(string name, string description, OpenApiSchema schema, string? example = null) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = schema, Example = example is null ? null : JsonValue.Create(example) };

    private static OpenApiHeader HeaderOf(string description, JsonSchemaType type) => new() { Description = description, Schema = new OpenApiSchema { Type = type } };

    private static string Text(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
