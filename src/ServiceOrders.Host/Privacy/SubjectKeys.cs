using System.Security.Cryptography;
using Npgsql;
using ServiceOrders.EventStore;
using ServiceOrders.Host.Hosting;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The keys of all data subjects (row K5): made, stored wrapped, loaded and kept for a while. A ticket without a customer is a subject of its own.
/// </summary>
/// <param name="database">Where <c>privacy.subject_keys</c> is.</param>
/// <param name="master">Wraps them.</param>
/// <param name="time">The clock.</param>
public sealed class SubjectKeys(NpgsqlDataSource database, MasterKey master, TimeProvider time)
{
    /// <summary>How many unwrapped keys are kept.</summary>
    public const int CacheCapacity = 20_000;
    /// <summary>How long a key is kept before it is read again: so long an erasure on another node may stay unknown.</summary>
    public static readonly TimeSpan CacheLifetime = TimeSpan.FromMinutes(1);

    private readonly KeyCache _cache = new(CacheCapacity, CacheLifetime, time);

    /// <summary>
    /// A key for a subject that comes into being with its stream. Its row goes into the same append; the id is fresh, so nobody else makes one.
    /// </summary>
    /// <param name="subject">The ticket's own id.</param>
    /// <param name="now">The time.</param>
    public (SubjectKey Key, InlineRow Row) New(Guid subject, DateTimeOffset now)
    {
        var key = RandomNumberGenerator.GetBytes(MasterKey.Length);
        return (new SubjectKey(subject, key), new InlineRow(SubjectKeyTable.Instance, new SubjectKeyRow(subject, master.Wrap(subject, key), master.Id, now)));
    }

    /// <summary>
    /// The key of a customer, made when there is none. It is committed before anything is sealed with it: when two first tickets of one customer race,
    /// both get the key that is stored, and none seals with one that is lost. A key that no ticket follows does no harm.
    /// </summary>
    /// <param name="subject">The customer's id.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<SubjectKey> GetOrCreateAsync(Guid subject, CancellationToken cancellation = default)
    {
        if (_cache.Find(subject) is { } known) return known;
        await using var insert = database.CreateCommand(
            "insert into privacy.subject_keys (subject_id, wrapped_key, master_key_id, created_at) values ($1, $2, $3, $4) on conflict (subject_id) do nothing");
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = master.Wrap(subject, RandomNumberGenerator.GetBytes(MasterKey.Length)) });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = master.Id });
        insert.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.Now().UtcDateTime });
        await insert.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        return await GetAsync(subject, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether a subject has, or had, a key.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<bool> IsKnownAsync(Guid subject, CancellationToken cancellation = default)
    {
        if (_cache.Find(subject) is not null) return true;
        await using var command = database.CreateCommand("select exists (select from privacy.subject_keys where subject_id = $1)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    /// <summary>A subject's key. One that was erased, or never stored, seals and unseals nothing.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<SubjectKey> GetAsync(Guid subject, CancellationToken cancellation = default) =>
        _cache.Find(subject) ?? (await LoadAsync([subject], cancellation).ConfigureAwait(false)).Single();

    /// <summary>A subject's key as the database has it now, whatever this node still knows.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<SubjectKey> GetStoredAsync(Guid subject, CancellationToken cancellation = default) =>
        (await LoadAsync([subject], cancellation).ConfigureAwait(false)).Single();

    /// <summary>The keys of many subjects, in one round trip.</summary>
    /// <param name="subjects">Whose; doubles are fine.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<IReadOnlyDictionary<Guid, SubjectKey>> GetManyAsync(IEnumerable<Guid> subjects, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(subjects);
        var keys = new Dictionary<Guid, SubjectKey>();
        var missing = new HashSet<Guid>();
        foreach (var subject in subjects)
        {
            if (_cache.Find(subject) is { } known) keys[subject] = known;
            else missing.Add(subject);
        }
        if (missing.Count == 0) return keys;
        foreach (var key in await LoadAsync([.. missing], cancellation).ConfigureAwait(false)) keys[key.Subject] = key;
        return keys;
    }

    /// <summary>Keeps a new key at hand, once its append has succeeded.</summary>
    public void Remember(SubjectKey key) => _cache.Put(key);

    /// <summary>Drops a key from this node's memory, after its erasure.</summary>
    public void Forget(Guid subject) => _cache.Remove(subject);

    /// <summary>
    /// Holds the database and the master key together: the first start writes down the key's id, every later one must show the same. A node that would seal with
    /// another key must not start.
    /// </summary>
    /// <exception cref="InvalidOperationException">The database belongs to another master key.</exception>
    public async Task VerifyMasterKeyAsync(CancellationToken cancellation = default)
    {
        await using var claim = database.CreateCommand("insert into privacy.master_key (id, first_used_at) values ($1, $2) on conflict do nothing");
        claim.Parameters.Add(new NpgsqlParameter<string> { TypedValue = master.Id });
        claim.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.Now().UtcDateTime });
        await claim.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        await using var read = database.CreateCommand("select id from privacy.master_key");
        var stored = (string?)await read.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
        if (stored != master.Id)
        {
            throw new StartRefusedException(
                $"This database was sealed with master key {stored}; the one at hand is {master.Id}. Set ServiceOrders__MasterKey, or restore keys/master.key.");
        }
    }

    private async Task<IReadOnlyList<SubjectKey>> LoadAsync(Guid[] subjects, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select subject_id, wrapped_key from privacy.subject_keys where subject_id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = subjects });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var missing = new HashSet<Guid>(subjects);
        var keys = new List<SubjectKey>(subjects.Length);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var subject = reader.GetGuid(0);
            var key = new SubjectKey(subject, reader.IsDBNull(1) ? null : master.Unwrap(subject, reader.GetFieldValue<byte[]>(1)));
            missing.Remove(subject);
            _cache.Put(key);
            keys.Add(key);
        }
        // Not cached: a row that is missing now may be there in a moment.
        keys.AddRange(missing.Select(subject => new SubjectKey(subject, null)));
        return keys;
    }
}
