using System.Text;
using ServiceOrders.Cli.Commands;

namespace ServiceOrders.Cli.Tests.Given;

/// <summary>Someone at a terminal: what they type, and what they see.</summary>
internal sealed class Terminal
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public Dictionary<string, string> Environment { get; } = [];
    public byte[] Input { get; init; } = [];
    public Func<HttpMessageHandler> NewHandler { get; init; } = () => new SocketsHttpHandler();

    public string Output => _output.ToString();
    public string Error => _error.ToString();

    public Task<int> Types(params string[] arguments) => ServiceOrdersCommand.RunAsync(arguments, new Desk
    {
        Output = new StringWriter(_output), Error = new StringWriter(_error), OpenInput = () => new MemoryStream(Input), Variable = name => Environment.GetValueOrDefault(name), NewHandler = NewHandler, Time = new HurriedTime(),
    });

    public static byte[] Lines(params string[] lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines));

    /// <summary>Pauses between tries take no time; what guards against endless waiting still does.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.FromMinutes(1) ? dueTime : TimeSpan.Zero, period);
    }
}
