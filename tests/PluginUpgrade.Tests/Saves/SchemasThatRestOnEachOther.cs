using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Restores;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Tests.Saves;

public class SchemasThatRestOnEachOther
{
    [Fact]
    public void E4_are_one_transaction_where_one_would_take_the_others_objects_away()
    {
        // Of the second pair nothing but the server knows.
        var tasks = RestoreGroups.Of([Task("a", "public"), Task("b"), Task("c"), Task("d"), Task("public")], [("c", "b")], missing: false);

        Assert.Equal(["a public", "b c", "b c", "", "a public"], tasks.OrderBy(task => task.Target.Schema).Select(Group));
    }

    [Fact]
    public void E4_follow_one_another_where_the_database_is_made_anew()
    {
        var tasks = RestoreGroups.Of([Task("a", "b", "public"), Task("b", "public"), Task("public"), Task("c")], [], missing: true);

        Assert.Equal(["a 2", "b 1", "c 0", "public 0"], tasks.Select(task => $"{task.Target.Schema} {task.Stage}").Order());
        Assert.All(tasks, task => Assert.Empty(task.Together));
    }

    [Fact]
    public void E4_schemas_in_a_circle_are_restored_in_one_transaction()
    {
        var tasks = RestoreGroups.Of([Task("a", "b"), Task("b", "a"), Task("c")], [], missing: true);

        Assert.Equal(["a b", "a b", ""], tasks.OrderBy(task => task.Target.Schema).Select(Group));
        Assert.Equal([1, 1, 0], tasks.OrderBy(task => task.Target.Schema).Select(task => task.Stage));
    }

    private static string Group(RestoreTask task) => string.Join(' ', task.Together.Select(one => one.Target.Schema).Order());

    private static RestoreTask Task(string schema, params string[] on) => new(
        new Target { Scope = Scope.Instance, Name = schema, Database = "Host=h", Schema = schema, Server = "h", DatabaseName = "d" },
        new SavedTarget(Scope.Instance, schema, "h", "d", schema, "d.dump", new Dictionary<string, string>()) { RestsOn = on },
        new RestoreArchive("/d.dump", new SavedArchive("d.dump", "15.1", "15.1", []), new ClientPrograms("/bin", "15.1", 15)), []);
}
