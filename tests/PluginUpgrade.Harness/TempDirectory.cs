namespace PluginUpgrade.Harness;

/// <summary>A directory for one test, removed with all that is in it.</summary>
public sealed class TempDirectory : IDisposable
{
    /// <param name="name">The directory's own name, where the test is about names; it then lies in one with a name nobody else has.</param>
    /// <param name="open">Whether other users may enter it.</param>
    public TempDirectory(string name = "", bool open = true)
    {
        Outer = Directory.CreateTempSubdirectory("krang-test-").FullName;
        if (open) File.SetUnixFileMode(Outer, (UnixFileMode)0b111_101_101);
        Root = Path.Combine(Outer, name);
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    private string Outer { get; }

    /// <summary>A program of the shell's, that everybody may start.</summary>
    public void WriteScript(string name, string script)
    {
        var file = Path.Combine(Root, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => Directory.Delete(Outer, recursive: true);
}
