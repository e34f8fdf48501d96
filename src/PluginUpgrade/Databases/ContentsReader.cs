using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <param name="Sizes">Whether the sizes of schemas are read.</param>
public sealed record ContentsQuestion(bool Sizes)
{
    /// <summary>
    /// By connection string: the schemas of all targets, also of those that are not read. Instances unknown to the settings are found by
    /// it.
    /// </summary>
    public ILookup<string, string> Schemas { get; init; } = Enumerable.Empty<Target>().ToLookup(target => "", target => "");
}

/// <summary>
/// Reads a database's contents in one round trip, whatever the number of schemas, with more only for rare findings. Changes nothing.
/// </summary>
internal static class ContentsReader
{
    /// <param name="target">Any target in the database.</param>
    public static async Task<DatabaseContents> ReadAsync(
        NpgsqlConnection connection, Target target, ContentsQuestion question, CancellationToken cancellationToken)
    {
        var known = question.Schemas[target.Database].ToHashSet();
        try
        {
            var batch = new QueryBatch(connection);
            // A superuser has the rights of every role.
            List<TablesOfOtherRoles> foreign = connection.PostgresParameters.GetValueOrDefault("is_superuser") == "on" ? []
                : batch.Add(ContentsSql.TablesOfOtherRoles, row =>
                    new TablesOfOtherRoles(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3)));
            List<SchemaRelations> largest =
                question.Sizes ? batch.Add(ContentsSql.Sizes, row => new SchemaRelations(row.GetString(0), row.GetInt64(1))) : [];
            var invalid = batch.Add(ContentsSql.AnyInvalidIndex, row => row.GetInt32(0));
            var journals = batch.Add(
                ContentsSql.Journals, row => row.GetString(0), Journal.TableName, Journal.Format, Sql.Array(known));
            await batch.ReadAsync(cancellationToken);
            return new DatabaseContents
            {
                TablesOfOtherRoles = foreign,
                Largest = largest,
                InvalidIndexes = invalid.Count > 0 ? await InvalidIndexesAsync(connection, cancellationToken) : [],
                UnknownInstances = await WithInstanceRowsAsync(
                    connection, [.. DatabaseContents.Unknown(journals, known)], cancellationToken),
            };
        }
        catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
        {
            // For example, rights on system catalogs were revoked. The check is left out with a warning, and refuses nothing.
            return new DatabaseContents { NotRead = ConnectionProblem.Of(target, e) with { Severity = Severity.Warning } };
        }
    }

    private static async Task<List<InvalidIndex>> InvalidIndexesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var found = batch.Add(
            ContentsSql.InvalidIndexes, row => new InvalidIndex(row.GetString(0), row.GetString(1), row.GetString(2)));
        await batch.ReadAsync(cancellationToken);
        return found;
    }

    private static async Task<List<string>> WithInstanceRowsAsync(
        NpgsqlConnection connection, List<string> schemas, CancellationToken cancellationToken)
    {
        List<string> found = [];
        foreach (var some in schemas.Chunk(JournalReader.BatchSize))
        {
            var questions = some.Select((schema, i) => FormattableString.Invariant(
                $"SELECT {i} WHERE EXISTS (SELECT FROM {Journal.Table(schema)} WHERE scope = 'instance')"));
            var batch = new QueryBatch(connection);
            var rows = batch.Add(string.Join(" UNION ALL ", questions), row => some[row.GetInt32(0)]);
            await batch.ReadAsync(cancellationToken);
            found.AddRange(rows);
        }
        return found;
    }
}
