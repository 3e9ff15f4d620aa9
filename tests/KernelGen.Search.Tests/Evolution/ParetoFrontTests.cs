using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Tests.Evolution;

public class ParetoFrontTests
{
    [Fact]
    public void What_is_slower_stays_for_less_loss_whatever_its_error()
    {
        Particle[] particles = [At(30, 0.2, 20), At(10, 0.3, 15), At(20, 0.3, 12), At(20, 0.5, 8)];
        Assert.Equal([particles[1], particles[0]], ParetoFront.Of(particles));
    }

    private static Particle At(double microseconds, double loss, double error) => new(new Genome([], []), new Score(error, loss, microseconds, 100));
}
