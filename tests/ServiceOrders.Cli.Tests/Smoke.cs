namespace ServiceOrders.Cli.Tests; public class Smoke { [Fact] public void T() => 1.ShouldBe(1); }
