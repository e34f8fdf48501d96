using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Checks;

public class WhatIsAroundTargets
{
    private static readonly IReadOnlySet<Target> Nobody = new HashSet<Target>();

    [Theory]
    [InlineData("64 MB", 64L << 20, null, true)]
    [InlineData("64 MB", (64L << 20) - 1, null, false)]
    [InlineData("00:05:00", 1L << 40, 299.0, false)]
    [InlineData("00:05:00", 1, 300.0, true)]
    [InlineData("5m", 1, 300.0, true)]
    [InlineData("64MB", 64L << 20, null, true)]
    [InlineData("00:05:00", 1, null, false)]
    public void A_standby_is_behind_by_bytes_or_by_time(string limit, long bytes, double? seconds, bool told)
    {
        Assert.True(Lag.TryParse(limit, out var lag));
        var standby = new Standby("two", "10.0.0.2", bytes, seconds is { } s ? TimeSpan.FromSeconds(s) : null, Hidden: false);
        Assert.Equal(told ? "ku-3215" : "", Around.Codes(ReplicationCheck.Find(Around.Nothing with { Standbys = [standby] }, lag)));
    }

    [Fact]
    public void A_standby_that_this_role_may_not_see_is_said_and_no_finding()
    {
        var around = Around.Nothing with { Standbys = [new Standby("two", "", null, null, Hidden: true)] };
        Assert.Empty(ReplicationCheck.Find(around, new Lag(1)));
        Assert.Equal("ku-3216", Around.Codes(ReplicationCheck.Hidden(around)));
        Assert.Empty(ReplicationCheck.Hidden(Around.Nothing));
    }

    [Fact]
    public void An_invalid_index_comes_with_the_command_that_mends_it()
    {
        var contents = new DatabaseContents
        {
            InvalidIndexes = [new("acme", "Title", "story"), new("acme", "title_ccnew1", "story"), new("elsewhere", "x", "t")],
        };
        var place = Around.Place(contents, "acme");
        var found = InvalidIndexCheck.Find(place, Nobody).ToList();
        Assert.Equal("ku-3217 ku-3217", Around.Codes(found));
        Assert.EndsWith("psql acme --command 'REINDEX INDEX CONCURRENTLY \"Title\"'", found[0].Remedy);
        Assert.EndsWith("psql acme --command 'DROP INDEX CONCURRENTLY \"title_ccnew1\"'", found[1].Remedy);
        Assert.Empty(InvalidIndexCheck.Find(place, place.Targets.ToHashSet()));
    }

    [Fact]
    public void Unknown_instances_come_with_the_lines_for_the_settings()
    {
        var here = Around.Place(new DatabaseContents { UnknownInstances = ["globex", "we\"ird"] }, "acme");
        var elsewhere = here with { Around = here.Around with { Database = "other" } };
        Assert.Contains("""Add to Instances: "globex": { "Schema": "globex" }, "NAME": { "Schema": "we\"ird" };""",
            Assert.Single(UnknownInstanceCheck.Find(here, Around.Target("installation"))).Remedy);
        Assert.Contains("""{ "Database": "Database=other", "Schema": "globex" }""",
            Assert.Single(UnknownInstanceCheck.Find(elsewhere, Around.Target("installation"))).Remedy);
        Assert.Empty(UnknownInstanceCheck.Find(Around.Place(Around.Nothing, ["acme"]), Around.Target("installation")));
    }

    [Theory]
    [InlineData("shop-*", "KU-3219")]
    [InlineData("SHOP-web", "KU-3219")]
    [InlineData("shop", "")]
    [InlineData("*", "KU-3219")]
    public void Connected_applications_are_found_by_name_or_pattern(string pattern, string codes)
    {
        var around = Around.Nothing with { Applications = [new("shop-web", "web", "10.0.0.5", 3), new("shop-job", "job", "", 1)] };
        var found = ConnectedCheck.Find(Around.Place(around, ["acme"]), [pattern], hooked: false).ToList();
        Assert.Equal(codes, Around.Codes(found));
        if (codes.Length > 0) Assert.Contains("3 of shop-web as web from 10.0.0.5", found[0].Message);
        Assert.Equal(codes.ToLowerInvariant(), Around.Codes(ConnectedCheck.Find(Around.Place(around, [], ["acme"]), [pattern], false)));
        Assert.Equal(codes.ToLowerInvariant(), Around.Codes(ConnectedCheck.Find(Around.Place(around, ["acme"]), [pattern], hooked: true)));
    }

    [Theory]
    [InlineData(90, null, 0, 5, "")]
    [InlineData(91, null, 0, 5, "ku-3205")]
    [InlineData(0, 6, 0, 5, "ku-3205")]
    [InlineData(0, 6, 0, 0, "")]
    public void Room_for_connections_is_held_against_the_lanes(int connected, int? most, int ofRole, int lanes, string codes)
    {
        var around = Around.Nothing with
        {
            Limits = new ServerCapacity(Connections: 97, Connected: connected, RoleConnections: most, RoleConnected: ofRole),
        };
        Assert.Equal(codes, Around.Codes(CapacityCheck.Connections(around, lanes, besides: 2)));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "ku-3204")]
    public void Room_for_locks_is_held_against_the_largest_instances_that_run_side_by_side(int lanes, string codes)
    {
        var around = Around.Nothing with { Limits = new ServerCapacity(Locks: 10, MaxConnections: 9, MaxPrepared: 1) };
        CheckedDatabase[] places =
        [
            Around.Place(around, ["acme", "idle"]) with
            {
                Contents = new DatabaseContents { Largest = [new("elsewhere", 5000), new("idle", 4000), new("acme", 1)] },
            },
            Around.Place(new DatabaseContents { Largest = [new("globex", 100)] }, "globex"),
        ];
        var atomic = places.SelectMany(place => place.Targets).Where(target => target.Name != "idle").ToHashSet();
        Assert.Equal(codes, Around.Codes(CapacityCheck.AtomicLocks(places, atomic, lanes)));
    }

    [Fact]
    public void Needs_on_one_file_system_are_added_up()
    {
        DiskNeed[] needs =
            [new("/root/log", 600, "the log", false), new("/root/save", 500, "the save", true), new("/other", 900, "x", true)];
        DiskRoom Room(string path) => new(path == "/other" ? 2u : 1u, path, 1000);
        var problem = Assert.Single(DiskCheck.Find(needs, Room));
        Assert.Equal(("KU-3203", Severity.Error), (problem.Code, problem.Severity));
        Assert.Contains("1000 B free, but 1.1 KB are needed: 600 B for the log, 500 B for the save.", problem.Message);
        Assert.Empty(DiskCheck.Find(needs[..1], Room));
        Assert.Empty(DiskCheck.Find(needs, _ => null));
        Assert.Equal("ku-3203", Around.Codes(DiskCheck.Find(needs[..1], path => new DiskRoom(1, path, 599))));
    }

    [Fact]
    public void Room_is_looked_for_where_a_directory_will_be_made()
    {
        var room = DiskRoom.At(Path.Combine(Path.GetTempPath(), "no", "such", "directory"));
        Assert.True(room is { Free: > 0 });
        Assert.Equal(DiskRoom.At(Path.GetTempPath())!.Device, room.Device);
    }

    [Theory]
    [InlineData(null, "15.4", "KU-3201")]
    [InlineData("15.14", "15.4", "")]
    [InlineData("15.14", "16.0", "KU-3202")]
    [InlineData("17.2", "13.1", "")]
    [InlineData(null, null, "")]
    public void Programs_for_saves_are_not_older_than_the_servers(string? programs, string? server, string codes)
    {
        var found = programs is null ? null : new ClientPrograms("/usr/bin", programs, Version.Parse(programs).Major);
        (string, Version)[] servers = server is null ? [] : [("db:5432", Version.Parse(server)), ("old:5432", new Version(13, 0))];
        var problems = ClientProgramsCheck.Find(found, servers, major => $"install {major}", Severity.Error).ToList();
        Assert.Equal(codes, Around.Codes(problems));
        if (codes.Length > 0) Assert.StartsWith($"install {Version.Parse(server!).Major};", problems[0].Remedy);
    }

    [Theory]
    [InlineData("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", "15.14")]
    [InlineData("pg_dump (PostgreSQL) 18beta1", "18beta1")]
    [InlineData("pg_dump (PostgreSQL) 9.6.24", "9.6.24")]
    [InlineData("something else", null)]
    [InlineData("", null)]
    public void Programs_say_their_version(string said, string? version) =>
        Assert.Equal(version, ToolVersions.Of(said));

    [Theory]
    [InlineData("1 KB", 1024)]
    [InlineData("3gb", 3L << 30)]
    [InlineData("12 B", 12)]
    public void A_lag_is_written_as_people_do(string text, long bytes) =>
        Assert.True(Lag.TryParse(text, out var lag) && lag == new Lag(bytes));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("0 MB")]
    [InlineData("-1 MB")]
    [InlineData("64 MiB")]
    [InlineData("00:00:00")]
    [InlineData("1:x")]
    public void A_lag_that_is_none_is_no_lag(string text) => Assert.False(Lag.TryParse(text, out _));
}
