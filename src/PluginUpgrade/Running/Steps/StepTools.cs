namespace PluginUpgrade.Running.Steps;

/// <summary>What a module uses during one call; disposed at its end.</summary>
internal sealed record StepTools(StepConnections Connections, StepLogger Log, StepProgress Progress) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        Progress.Dispose();
        Log.Dispose();
        await Connections.DisposeAsync();
    }
}
