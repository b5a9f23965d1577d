namespace ServiceOrders.Postgres;

/// <summary>How a private server is to run.</summary>
public sealed record PrivatePostgresOptions
{
    /// <summary>The folder that keeps the server's data and password, made when missing. Null: a temporary one, deleted with the server.</summary>
    public string? DataDirectory { get; init; }
    /// <summary>
    /// Whether a commit survives a power cut (<c>fsync</c> and what belongs to it). False is for tests that neither kill the server nor measure it.
    /// </summary>
    public bool Durable { get; init; } = true;
    /// <summary>Connections at most, 10 to 1,000.</summary>
    public int MaxConnections { get; init; } = 200;
    /// <summary>Further settings of <c>postgresql.conf</c>, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
    /// <summary>The folder of <c>initdb</c> and <c>postgres</c>. Null: the environment's <c>PGBIN</c>, else the newest installed version from 15 on.</summary>
    public string? BinDirectory { get; init; }
    /// <summary>How long the server may take until it accepts connections, recovery after a crash included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);
    /// <summary>How long a fast shutdown may take before the server is killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>The clock by which it waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The private server cannot run; the message says what to do.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="inner">What caused it.</param>
public sealed class PrivatePostgresException(string message, Exception? inner = null) : Exception(message, inner);
