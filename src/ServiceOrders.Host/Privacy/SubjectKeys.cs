using System.Security.Cryptography;
using Npgsql;
using ServiceOrders.EventStore;

namespace ServiceOrders.Host.Privacy;

/// <summary>
/// The keys of all data subjects (row K5): made, stored wrapped, loaded and kept for a while. A ticket without a customer is a subject of its own; a customer who was erased and comes back is a new one.
/// </summary>
/// <param name="database">Where <c>privacy.subject_keys</c> is.</param>
/// <param name="masters">Wrap them.</param>
/// <param name="time">The clock.</param>
public sealed class SubjectKeys(NpgsqlDataSource database, MasterKeys masters, TimeProvider time)
{
    /// <summary>How many unwrapped keys are kept.</summary>
    public const int CacheCapacity = 20_000;
    /// <summary>How long a key is kept before it is read again: so long an erasure on another node may stay unknown.</summary>
    public static readonly TimeSpan CacheLifetime = TimeSpan.FromMinutes(1);

    private readonly KeyCache _cache = new(CacheCapacity, CacheLifetime, time);

    // Which subject a customer is, by the customer's id and never by a subject's: a caller chooses customer ids, and may choose one that is another subject's. The keys themselves are in the other cache alone.
    private readonly KeyCache _customers = new(CacheCapacity, CacheLifetime, time);

    /// <summary>
    /// A key for a subject that comes into being with its stream. Its row goes into the same append; the id is fresh, so nobody else makes one.
    /// </summary>
    /// <param name="subject">The ticket's own id.</param>
    /// <param name="now">The time.</param>
    public (SubjectKey Key, InlineRow Row) New(Guid subject, DateTimeOffset now)
    {
        var (key, master) = (RandomNumberGenerator.GetBytes(MasterKey.Length), masters.Wrapping);
        return (new SubjectKey(subject, key), new InlineRow(SubjectKeyTable.Instance, new SubjectKeyRow(subject, master.Wrap(subject, key), master.Id, now)));
    }

    /// <summary>
    /// The key of a customer, made when there is none, or none any more. It is committed before anything is sealed with it: when two first tickets of one customer race,
    /// both get the key that is stored, and none seals with one that is lost. A key that no ticket follows does no harm.
    /// </summary>
    /// <param name="customer">The customer's id. The subject's is a fresh one.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<SubjectKey> GetOrCreateAsync(Guid customer, CancellationToken cancellation = default)
    {
        if (Known(customer) is { } known) return known;
        if (await LivingAsync(customer, cancellation).ConfigureAwait(false) is { } living) return living;
        await InsertAsync(Guid.CreateVersion7(time.Now()), customer, cancellation).ConfigureAwait(false);
        return await LivingAsync(customer, cancellation).ConfigureAwait(false) ?? throw new StoreBusyException("The customer was erased at this moment.");
    }

    /// <summary>Whether a customer has a key that was not destroyed.</summary>
    /// <param name="customer">Whose.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<bool> IsKnownAsync(Guid customer, CancellationToken cancellation = default) =>
        Known(customer) is not null || await LivingAsync(customer, cancellation).ConfigureAwait(false) is not null;

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

    /// <summary>The keys of many subjects as the database has them now, whatever this node still knows.</summary>
    /// <param name="subjects">Whose; doubles are fine.</param>
    /// <param name="cancellation">Cancels.</param>
    public async ValueTask<IReadOnlyDictionary<Guid, SubjectKey>> GetManyStoredAsync(IEnumerable<Guid> subjects, CancellationToken cancellation = default) =>
        subjects.Distinct().ToArray() is { Length: > 0 } asked ? (await LoadAsync(asked, cancellation).ConfigureAwait(false)).ToDictionary(key => key.Subject) : new Dictionary<Guid, SubjectKey>();

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
    public void Remember(SubjectKey key) => _cache.Put(key, _cache.Mark());

    /// <summary>Drops a key from this node's memory, after its erasure.</summary>
    public void Forget(Guid subject) => _cache.Remove(subject);

    /// <summary>Drops every key: what other nodes did may have been missed.</summary>
    public void ForgetAll()
    {
        _cache.Clear();
        _customers.Clear();
    }

    /// <summary>The customer's key, where this node has it in memory.</summary>
    private SubjectKey? Known(Guid customer) => _customers.Find(customer) is { Subject: var subject } && _cache.Find(subject) is { IsErased: false } key ? key : null;

    /// <summary>The customer's key that was not destroyed; null: there is none.</summary>
    private async ValueTask<SubjectKey?> LivingAsync(Guid customer, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select subject_id, wrapped_key, master_key_id from privacy.subject_keys where customer_id = $1 and erased_at is null");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = customer });
        var mark = _customers.Mark();
        if ((await ReadAsync(command, cancellation).ConfigureAwait(false)).SingleOrDefault() is not { } living) return null;
        _customers.Put(customer, SubjectKey.Erased(living.Subject), mark);
        return living;
    }

    private async Task InsertAsync(Guid subject, Guid customer, CancellationToken cancellation)
    {
        var master = masters.Wrapping;
        await using var insert = database.CreateCommand(
            "insert into privacy.subject_keys (subject_id, customer_id, wrapped_key, master_key_id, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing");
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        insert.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = customer });
        insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = master.Wrap(subject, RandomNumberGenerator.GetBytes(MasterKey.Length)) });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = master.Id });
        insert.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.Now().UtcDateTime });
        await insert.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SubjectKey>> LoadAsync(Guid[] subjects, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select subject_id, wrapped_key, master_key_id from privacy.subject_keys where subject_id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = subjects });
        var keys = await ReadAsync(command, cancellation).ConfigureAwait(false);
        // Not cached: a row that is missing now may be there in a moment.
        return [.. keys, .. subjects.Distinct().Except(keys.Select(key => key.Subject)).Select(SubjectKey.Erased)];
    }

    /// <exception cref="MasterKeyMissingException">A key is wrapped by one that this node was not given.</exception>
    private async Task<List<SubjectKey>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var mark = _cache.Mark();
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var keys = new List<SubjectKey>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var subject = reader.GetGuid(0);
            var key = reader.IsDBNull(1) ? SubjectKey.Erased(subject) : new SubjectKey(subject, masters.Of(reader.GetString(2)).Unwrap(subject, reader.GetFieldValue<byte[]>(1)));
            _cache.Put(key, mark);
            keys.Add(key);
        }
        return keys;
    }
}
