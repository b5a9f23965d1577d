using ServiceOrders.Testing;

[assembly: AssemblyFixture(typeof(TestServer))]
