using System.Diagnostics;
using System.Globalization;
using PluginUpgrade.Programs;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>
/// A second host: this test program in a process of its own, perhaps another user's, running one of the tests below. They are
/// explicit: alone they mean nothing.
/// </summary>
public sealed class OtherHost
{
    private const string RootVariable = "KRANG_TEST_OTHER_HOST_ROOT";

    private static string Root => Environment.GetEnvironmentVariable(RootVariable)!;

    private static string ReadyFile(string root) => Path.Combine(root, "ready");

    [Fact(Explicit = true)]
    public async Task Holds_its_server_until_it_is_killed()
    {
        var server = await Servers.StartAsync(Root);
        var said = string.Create(CultureInfo.InvariantCulture, $"{server.ProcessId} {server.SocketPath}");
        await File.WriteAllTextAsync(ReadyFile(Root) + ".new", said, TestContext.Current.CancellationToken);
        File.Move(ReadyFile(Root) + ".new", ReadyFile(Root));
        await Task.Delay(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact(Explicit = true)]
    public async Task Uses_a_server()
    {
        var server = await Servers.StartAsync(Root);
        Assert.Equal(1, await Servers.AskAsync(server, "SELECT 1"));
        await server.DisposeAsync();
        Assert.Null(server.LeftRunning);
        Assert.False(Servers.Runs(server));
    }

    [Fact(Explicit = true)]
    public async Task Is_refused_the_server_of_another_user()
    {
        Assert.Equal("KU-6006", (await Servers.RefusedAsync(Root)).Code);
    }

    /// <param name="before">What comes before the program: nothing, or one that changes user or directory and starts the next.</param>
    internal static Running Start(string root, string method, params string[] before) => new(root, method, before);

    internal sealed class Running : IDisposable
    {
        // Another user may not be able to enter the folder of the sources.
        private readonly TempDirectory _copy = new("program");
        private readonly Process _process;
        private readonly OutputTail _output;
        private readonly string _root;

        public Running(string root, string method, string[] before)
        {
            _root = root;
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
            {
                File.Copy(file, Path.Combine(_copy.Root, Path.GetFileName(file)));
            }
            string[] command =
            [
                .. before, ProgramPath.Find("dotnet") ?? "dotnet", "exec", Path.Combine(_copy.Root, "PluginUpgrade.PostgresTests.dll"),
                "--explicit", "only", "--filter-method", $"{typeof(OtherHost).FullName}.{method}",
                "--results-directory", _copy.Root,
            ];
            var call = new ProgramCall
            {
                File = command[0],
                Arguments = command[1..],
                Environment = new Dictionary<string, string?> { [RootVariable] = root, ["HOME"] = "/" },
            };
            _process = call.Start(out _output, out _);
        }

        public int Id => _process.Id;

        /// <summary>kill -9, and waits until the system has let go of its locks. Its server lives on.</summary>
        public async Task KillAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        /// <summary>Waits until it holds its server; that server's process.</summary>
        public async Task<int> ReadyAsync()
        {
            while (!File.Exists(ReadyFile(_root)))
            {
                Assert.False(_process.HasExited, _output.Text);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
            return int.Parse((await SaidAsync())[0], CultureInfo.InvariantCulture);
        }

        public async Task<string> SocketAsync() => (await SaidAsync())[1];

        public async Task SucceedsAsync()
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await _output.Ended;
            Assert.True(_process.ExitCode == 0, _output.Text);
        }

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
            _copy.Dispose();
        }

        private async Task<string[]> SaidAsync() =>
            (await File.ReadAllTextAsync(ReadyFile(_root), TestContext.Current.CancellationToken)).Split(' ');
    }
}
