using Npgsql;
namespace PluginUpgrade.Swaps;
internal sealed record BuildFindings(IReadOnlyList<string> Problems, IReadOnlyList<(string, long, long)> Counts, IReadOnlyList<string> Statements);
internal static class BuildCheck { public static Task<BuildFindings> ReadAsync(NpgsqlConnection c, string live, string next, IReadOnlyList<string> carried, CancellationToken t) => Task.FromResult(new BuildFindings([], [], [])); }
internal static class SchemaDigest { public static Task<string> ReadAsync(NpgsqlConnection c, string s, CancellationToken t) => Task.FromResult("x"); public static Task<string> OfTablesAsync(NpgsqlConnection c, string s, IReadOnlyList<string> x, CancellationToken t) => Task.FromResult("x"); }
internal static class SwapStatements { public static Task<IReadOnlyList<string>> ReadAsync(NpgsqlConnection c, string live, string next, IReadOnlyList<string> carried, CancellationToken t) => Task.FromResult<IReadOnlyList<string>>([]); }
