using Microsoft.Extensions.Time.Testing;

namespace PluginUpgrade.Tests;

public class WaitingAndTryingAgain
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0, 50)]
    [InlineData(2, 0, 100)]
    [InlineData(6, 0, 1600)]
    [InlineData(7, 0, 2000)]
    [InlineData(2000, 0, 2000)]
    [InlineData(1, 1, 25)]
    [InlineData(7, 1, 1000)]
    public void A_pause_grows_to_its_most_and_leaves_a_share_to_chance(int number, double chance, int milliseconds) =>
        Assert.Equal(milliseconds, Pause.OfMilliseconds(50, 2000, jitter: 0.5).After(number, chance).TotalMilliseconds);

    [Fact]
    public void A_pause_without_a_most_stays_as_it_is() =>
        Assert.Equal(TimeSpan.FromMilliseconds(50), Pause.OfMilliseconds(50).After(1000, chance: 1));

    [Fact]
    public async Task A_poll_ends_with_the_first_answer()
    {
        var looks = 0;
        var poll = new Poll(TimeSpan.FromMinutes(1), Pause.OfMilliseconds(200), _time);
        var answer = poll.UntilAsync(() => ++looks == 3 ? "there" : null, Token);

        await PassAsync(answer);

        Assert.Equal(("there", 3), (await answer, looks));
        Assert.False(poll.IsOver);
    }

    [Fact]
    public async Task A_look_is_made_once_more_when_patience_is_over_and_decides_what_that_means()
    {
        var looks = 0;
        var poll = new Poll(TimeSpan.FromSeconds(1), Pause.OfMilliseconds(200), _time);
        var answer = poll.UntilAsync(() => ++looks > 0 && poll.IsOver ? throw new TimeoutException() : (string?)null, Token);

        await PassAsync(answer);

        await Assert.ThrowsAsync<TimeoutException>(() => answer);
        Assert.Equal(6, looks);
    }

    [Fact]
    public async Task A_poll_without_patience_looks_once()
    {
        var poll = new Poll(TimeSpan.Zero, Pause.OfMilliseconds(200), _time);
        Assert.Equal("over", await poll.UntilAsync(() => poll.IsOver ? "over" : null, Token));
    }

    [Fact]
    public async Task A_poll_is_cancelled_in_its_pause()
    {
        using var end = new CancellationTokenSource();
        var polling = new Poll(TimeSpan.FromDays(1), new Pause(TimeSpan.FromDays(1)), _time).UntilAsync(() => false, end.Token);
        Assert.False(polling.IsCompleted);

        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);
    }

    [Fact]
    public async Task The_last_failure_is_the_callers_own()
    {
        List<int> between = [];
        var tries = 0;
        var failure = await Assert.ThrowsAsync<IOException>(() => Retry.RunAsync<int>(
            3, () => throw new IOException($"{++tries}"), e => e is IOException, (_, number) =>
            {
                between.Add(number);
                return Task.CompletedTask;
            }));

        Assert.Equal("3", failure.Message);
        Assert.Equal([1, 2], between);
    }

    [Fact]
    public async Task A_failure_that_no_other_try_helps_is_not_tried_again()
    {
        var tries = 0;
        await Assert.ThrowsAsync<FormatException>(() => Retry.RunAsync<int>(
            3, () => ++tries > 0 ? throw new FormatException() : Task.FromResult(0), e => e is IOException));
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task A_later_try_may_succeed()
    {
        var tries = 0;
        Assert.Equal(2, await Retry.RunAsync(3, () => ++tries == 2 ? Task.FromResult(tries) : throw new IOException(), _ => true));
    }

    private async Task PassAsync(Task waited)
    {
        for (var i = 0; i < 100 && !waited.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }
    }
}
