using ServiceOrders.Cli;
using ServiceOrders.Cli.Commands;

return await ServiceOrdersCommand.RunAsync(args, Desk.Ours);
