using System.Diagnostics;
using System.Reflection.PortableExecutable;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Case K9, as far as the catalogue goes: the problem concerns every run, because nobody knows which version was lost.</summary>
public sealed class ABrokenAssembly : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();
    private readonly byte[] _good = ModuleAssembly.Of(
        new ModuleSource("V1_002") { Version = "1.002", Component = "Turbo", PerInstallation = "" });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void K9_is_a_problem_by_name()
    {
        _folder.PutLone(new("V1_001"));
        _folder.Put("V1_002.dll", "This is text."u8.ToArray());
        MustBe("KU-2004");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(1200)]
    public void K9_is_a_problem_when_it_was_cut_short(int length)
    {
        _folder.Put("V1_002.dll", _good[..length]);
        MustBe("KU-2004");
    }

    [Fact]
    public void K9_is_a_problem_when_it_is_empty()
    {
        _folder.Put("V1_002.dll", []);
        MustBe("KU-2003");
    }

    [Fact]
    public void K9_is_a_problem_when_it_is_native_code()
    {
        // The directory entry of the CLI header: without it, this is an ordinary Windows library.
        var pe = new PEHeaders(new MemoryStream(_good));
        var entry = pe.PEHeaderStartOffset + (pe.PEHeader!.Magic == PEMagic.PE32 ? 208 : 224);
        _good.AsSpan(entry, 8).Clear();
        _folder.Put("V1_002.dll", _good);
        MustBe("KU-2004");
    }

    [Fact]
    public void K9_is_a_problem_when_its_metadata_is_blank()
    {
        var pe = new PEHeaders(new MemoryStream(_good));
        _good.AsSpan(pe.MetadataStartOffset, pe.MetadataSize).Clear();
        _folder.Put("V1_002.dll", _good);
        MustBe("KU-2004");
    }

    [Fact]
    public void Is_a_problem_when_it_holds_no_module()
    {
        _folder.PutLone(new("V1_002") { ImplementsContract = false });
        MustBe("KU-2005");
    }

    [Theory]
    [InlineData("V1_002.dll")]
    [InlineData("V1_002/V1_002.dll")]
    public void Is_a_problem_when_it_is_a_link_to_nowhere(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.PathOf(name))!);
        File.CreateSymbolicLink(_folder.PathOf(name), _folder.PathOf("gone"));
        MustBe("KU-2003", name);
    }

    [Fact]
    public void May_be_a_link_to_a_good_one()
    {
        File.CreateSymbolicLink(_folder.PathOf("V1_002.dll"), _folder.Put(".store/abc", _good));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal(_folder.PathOf("V1_002.dll"), Assert.Single(catalogue.Modules).File);
    }

    [Fact]
    public async Task Is_a_problem_when_it_is_a_pipe_and_does_not_hang()
    {
        using (var mkfifo = Process.Start("mkfifo", _folder.PathOf("V1_002.dll")))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.Run(() => MustBe("KU-2003"), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Is_a_problem_when_it_is_a_device()
    {
        File.CreateSymbolicLink(_folder.PathOf("V1_002.dll"), "/dev/zero");
        MustBe("KU-2003");
    }

    [Fact]
    public void Is_a_problem_when_it_is_huge()
    {
        using (var file = File.Create(_folder.PathOf("V1_002.dll"))) file.SetLength((256L << 20) + 1);
        MustBe("KU-2003");
    }

    [Fact]
    public void Is_a_problem_when_it_may_not_be_read()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root reads everything.");
        _folder.Put("V1_002.dll", _good);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder.PathOf("V1_002.dll"), UnixFileMode.None);
        MustBe("KU-2003");
    }

    /// <summary>Each is read as a module or reported; none is lost, and none takes the host with it.</summary>
    [Fact]
    public async Task Never_breaks_the_scan_whatever_bytes_of_it_are_wrong()
    {
        const int count = 2000;
        var random = new Random(20261120);
        var good = _good;
        for (var i = 0; i < count; i++)
        {
            var bytes = good.ToArray();
            for (var flips = random.Next(1, 9); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (i % 10 == 0) bytes = bytes[..random.Next(1, bytes.Length)];
            _folder.Put($"m{i}.dll", bytes);
        }

        var catalogue = await Task.Run(_folder.Scan, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        var seen = catalogue.Modules.Select(module => module.File)
            .Concat(catalogue.Problems.Select(found => found.Problem.Subject)).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(count, seen.Count);
        Assert.Contains(catalogue.Problems, found => found.Problem.Code == "KU-2004");
    }

    private void MustBe(string code, string name = "V1_002.dll")
    {
        var found = Assert.Single(_folder.Scan().Problems);
        Assert.Equal((code, _folder.PathOf(name)), (found.Problem.Code, found.Problem.Subject));
        Assert.Null(found.Version);
        Assert.Equal(Severity.Error, found.Problem.Severity);
    }
}
