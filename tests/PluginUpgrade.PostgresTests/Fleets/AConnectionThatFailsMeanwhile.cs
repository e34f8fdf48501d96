using System.Collections;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.PostgresTests.Fleets;

/// <summary>One of several connections to a database fails after it was opened: the others are not harmed by it.</summary>
public class AConnectionThatFailsMeanwhile(TestServer server)
{
    private static readonly ConnectionSettings Settings = new("tests", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaves_the_contents_to_the_next_one()
    {
        var question = new FailingQuestion(times: 1, () => new NpgsqlException("lost"));
        var states = await ReadAsync(question, targets: 2001);
        Assert.Equal(2000, states.Count(state => state.Unreachable?.Code == "KU-3101"));
        Assert.Equal(2, question.Asked);
        Assert.All(states, state => Assert.Null(state.Contents!.NotRead));
    }

    [Fact]
    public async Task Is_told_where_the_others_had_left_the_contents_to_it()
    {
        var question = new FailingQuestion(times: 1, () =>
        {
            // Meanwhile the other connection is done. If not, it reads the contents after this one.
            Thread.Sleep(TimeSpan.FromSeconds(2));
            return new NpgsqlException("lost");
        });
        var states = await ReadAsync(question, targets: 2001, parallel: 2);
        Assert.All(states, state => Assert.Equal(question.Asked == 1, state.Contents!.NotRead?.Code == "KU-3101"));
    }

    [Fact]
    public async Task Is_no_mistake_in_the_settings()
    {
        var states = await ReadAsync(new FailingQuestion(times: 9, () => new FormatException("odd")), targets: 1);
        Assert.Equal("KU-3105", states[0].Unreachable?.Code);
    }

    [Fact]
    public async Task Fails_no_other_that_waits_for_its_answer()
    {
        var database = await server.CreateDatabaseAsync();
        await using var connection = await Connections.OpenForReadingAsync(database, Settings, WaitFor.Room, Token);
        var locks = new ServerLocks();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => locks.OfAsync("here", connection, new CancellationToken(true)));
        Assert.NotNull(await locks.OfAsync("here", connection, Token));
    }

    private async Task<IReadOnlyList<TargetState>> ReadAsync(FailingQuestion schemas, int targets, int parallel = 1)
    {
        var database = await server.CreateDatabaseAsync();
        using var limits = new ServerLimits(4, Settings.Servers);
        return await new TargetStateReader(Settings, parallel, limits).ReadAsync(
            [.. Enumerable.Range(0, targets).Select(i => new Target
            {
                Scope = Scope.Instance,
                Name = $"i{i}",
                Database = database,
                Schema = $"i{i}",
                Server = "here",
                DatabaseName = "here",
            })], new ContentsQuestion(Sizes: false) { Schemas = schemas }, keep: false, Token);
    }

    /// <summary>Throws the first times that it is asked: in the middle of reading a database's contents.</summary>
    private sealed class FailingQuestion(int times, Func<Exception> why) : ILookup<string, string>
    {
        private int _asked;

        public int Asked => _asked;

        public IEnumerable<string> this[string key] => Interlocked.Increment(ref _asked) <= times ? throw why() : [];

        public int Count => 0;

        public bool Contains(string key) => false;

        public IEnumerator<IGrouping<string, string>> GetEnumerator() => Enumerable.Empty<IGrouping<string, string>>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
