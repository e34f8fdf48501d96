using PluginUpgrade.Unix;

namespace PluginUpgrade.Tests.Unix;

/// <summary>Against what the kernel says of the same paths.</summary>
public sealed class PathsThatAreFollowed : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Root => Libc.RealPath(_directory.Root);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("a/b")]
    [InlineData("a/../a/./b//")]
    [InlineData("link/b")]
    [InlineData("link/../link/b/..")]
    [InlineData("absolute/b")]
    [InlineData("a/up/a/b")]
    [InlineData("chain/b")]
    [InlineData("../../../../../../../../..")]
    public void Lead_where_the_kernel_says(string path)
    {
        Directory.CreateDirectory(Path.Join(Root, "a", "b"));
        Link("link", "a");
        Link("absolute", Path.Join(Root, "a"));
        Link("a/up", "..");
        Link("chain", "./link/../absolute");

        Assert.Equal(Libc.RealPath(Path.Join(Root, path)), PathWalk.Follow(Root, path, LinkOf));
    }

    [Fact]
    public void Of_a_ring_have_no_end()
    {
        Link("one", "two");
        Link("two", "one");
        Assert.Null(PathWalk.Follow(Root, "one", LinkOf));
    }

    [Fact]
    public void Name_every_entry_on_the_way_and_which_is_the_last()
    {
        Directory.CreateDirectory(Path.Join(Root, "a", "b"));
        Link("link", "a/b");
        List<(string, bool)> met = [];

        PathWalk.Follow(Root, "link/c", (entry, isLast) =>
        {
            met.Add((entry[(Root.Length + 1)..], isLast));
            return LinkOf(entry, isLast);
        });

        Assert.Equal([("link", false), ("a", false), ("a/b", false), ("a/b/c", true)], met);
    }

    [Fact]
    public void Exist_up_to_a_nearest_directory()
    {
        Directory.CreateDirectory(Path.Join(Root, "a"));
        var path = Path.Join(Root, "a", "b", "c");

        foreach (var found in (ExistingPath[])[ExistingPath.Of(path), ExistingPath.Directory(path + "/")])
        {
            Assert.Equal(Path.Join(Root, "a"), found.Path);
            Assert.Equal([Path.Join(Root, "a", "b"), path], found.Missing);
            Assert.True(found.State is { IsDirectory: true, IsOurs: true });
        }
    }

    [Fact]
    public void Exist_as_files_too_where_no_directory_is_asked_for()
    {
        var file = Path.Join(Root, "file");
        File.WriteAllText(file, "");

        Assert.Equal(file, ExistingPath.Of(Path.Join(file, "below")).Path);
        Assert.Equal(Root, ExistingPath.Directory(Path.Join(file, "below")).Path);
        Assert.Empty(ExistingPath.Of("/").Missing);
    }

    [Fact]
    public void Are_followed_to_a_directory_and_not_where_links_are_refused()
    {
        Directory.CreateDirectory(Path.Join(Root, "a"));
        Link("link", "a");

        Assert.Equal(Path.Join(Root, "link"), ExistingPath.Directory(Path.Join(Root, "link", "b")).Path);
        Assert.Throws<IOException>(() => ExistingPath.Of(Path.Join(Root, "link", "b")));
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path.Join(Root, name), target);

    private static string? LinkOf(string entry, bool isLast) => new FileInfo(entry).LinkTarget;
}
