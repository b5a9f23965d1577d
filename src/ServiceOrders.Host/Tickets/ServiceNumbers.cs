using Npgsql;

namespace ServiceOrders.Host.Tickets;

/// <summary>
/// Draws service numbers. A node takes a block of them from the database's sequence at a time, so that a number costs no round trip; what is left of a
/// block when the node stops is never used, so numbers have gaps, but none ever comes twice.
/// </summary>
/// <param name="database">Where <c>read.service_numbers</c> is.</param>
public sealed class ServiceNumbers(NpgsqlDataSource database) : IDisposable
{
    /// <summary>How many numbers a block has: the sequence's increment.</summary>
    public const int BlockSize = 500;

    private readonly SemaphoreSlim _drawing = new(1, 1);
    private readonly Lock _lock = new();
    private long _next;
    private long _end;

    /// <summary>A number nobody had before.</summary>
    public async ValueTask<string> NextAsync(CancellationToken cancellation = default)
    {
        if (Take() is { } ready) return ServiceNumber.Of(ready);
        await _drawing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Another caller may have drawn a block while this one waited.
            while (true)
            {
                if (Take() is { } number) return ServiceNumber.Of(number);
                await using var command = database.CreateCommand("select nextval('read.service_numbers')");
                var first = (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
                lock (_lock) (_next, _end) = (first, first + BlockSize);
            }
        }
        finally
        {
            _drawing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _drawing.Dispose();

    private long? Take()
    {
        lock (_lock) return _next < _end ? _next++ : null;
    }
}
