using ServiceOrders.Domain.Intake;
using ServiceOrders.Domain.Shipped;
using ServiceOrders.Domain.Tickets;

namespace ServiceOrders.Domain.Tests.Intake;

public sealed class ClassifierTests
{
    private static readonly Classifier Shipped = new(ShippedData.Classification.Rules);

    private static ClassificationResult Classify(string description, CustomerTier tier = CustomerTier.Standard) => Shipped.Classify(null, null, null, description, null, null, tier);

    [Fact]
    public void The_shipped_rules_have_no_errors() => ClassifierValidation.Errors(ShippedData.Classification).ShouldBeEmpty();

    [Theory]
    [InlineData("开机无反应,指示灯不亮", TicketKind.Repair, Urgency.Normal, Complexity.Standard)]
    [InlineData("机器冒烟了!", TicketKind.Repair, Urgency.Urgent, Complexity.Standard)]
    [InlineData("Smoke comes out of the X200", TicketKind.Repair, Urgency.Urgent, Complexity.Standard)]
    [InlineData("外壳漏电", TicketKind.Repair, Urgency.Urgent, Complexity.Standard)]
    [InlineData("我要投诉你们的维修人员", TicketKind.Complaint, Urgency.Normal, Complexity.Standard)]
    [InlineData("不想要了,我要退货", TicketKind.Return, Urgency.Normal, Complexity.Standard)]
    [InlineData("请尽快安排上门安装", TicketKind.Installation, Urgency.Important, Complexity.Standard)]
    [InlineData("How do I pair the remote?", TicketKind.Consultation, Urgency.Normal, Complexity.Standard)]
    [InlineData("Several devices stopped working after the update", TicketKind.Repair, Urgency.Normal, Complexity.Complex)]
    [InlineData("需要第三方配合", Classifier.DefaultKind, Urgency.Normal, Complexity.Complex)]
    [InlineData("The firewall of my Firefox is smokeless", Classifier.DefaultKind, Urgency.Normal, Complexity.Standard)]
    public void The_shipped_rules_read_both_languages(string description, TicketKind kind, Urgency urgency, Complexity complexity)
    {
        var result = Classify(description);
        (result.Kind, result.Urgency, result.Complexity).ShouldBe((kind, urgency, complexity));
    }

    [Fact]
    public void What_is_given_is_kept_and_every_source_is_named()
    {
        var result = Shipped.Classify(TicketKind.Maintenance, null, null, "着火了", null, null, CustomerTier.Standard);
        result.ShouldBe(new ClassificationResult(TicketKind.Maintenance, Urgency.Urgent, Complexity.Standard, new ClassificationSources("given", "rule:safety", "default")));
    }

    [Fact]
    public void A_high_value_customer_comes_first_among_equals()
    {
        Classify("请问怎么用", CustomerTier.High).Urgency.ShouldBe(Urgency.Important);
        Classify("请问怎么用").Urgency.ShouldBe(Urgency.Normal);
    }

    [Fact]
    public void Without_rules_everything_that_is_not_given_gets_its_default() =>
        Classifier.Empty.Classify(null, null, null, "冒烟", null, null, CustomerTier.High).ShouldBe(new ClassificationResult(
            Classifier.DefaultKind, Classifier.DefaultUrgency, Classifier.DefaultComplexity, new ClassificationSources("default", "default", "default")));

    [Fact]
    public void All_of_a_rules_conditions_must_hold()
    {
        var classifier = new Classifier([new ClassificationRule { Name = "x200-shanghai", Model = ["x200"], Region = ["CN-31"], Keywords = ["beep"], Urgency = Urgency.Important }]);
        Urgency Of(string text, string? model, string? region) => classifier.Classify(null, null, null, text, new ProductInfo(model, null), region, CustomerTier.Standard).Urgency;

        Of("it goes BEEP.", "X200", "CN-31").ShouldBe(Urgency.Important);
        Of("it goes beeping", "X200", "CN-31").ShouldBe(Urgency.Normal);
        Of("beep", "X300", "CN-31").ShouldBe(Urgency.Normal);
        Of("beep", "X200", "CN-11").ShouldBe(Urgency.Normal);
        Of("beep", null, null).ShouldBe(Urgency.Normal);
        classifier.Classify(null, null, null, "beep", null, "CN-31", CustomerTier.Standard).Urgency.ShouldBe(Urgency.Normal);
    }

    [Fact]
    public void The_first_rule_that_says_something_decides_each_part_apart()
    {
        var classifier = new Classifier(
        [
            new ClassificationRule { Name = "first", Keywords = ["a"], Urgency = Urgency.Urgent },
            new ClassificationRule { Name = "second", Keywords = ["a"], Urgency = Urgency.Important, Kind = TicketKind.Repair },
        ]);
        classifier.Classify(null, null, null, "a", null, null, CustomerTier.Standard).Sources.ShouldBe(new ClassificationSources("rule:second", "rule:first", "default"));
    }

    [Fact]
    public void Rules_that_cannot_work_are_refused_by_field()
    {
        static IReadOnlyDictionary<string, string> Errors(params ClassificationRule[] rules) => ClassifierValidation.Errors(new ClassificationRules { Rules = rules });
        var good = new ClassificationRule { Name = "good", Keywords = ["a"], Kind = TicketKind.Repair };

        Errors(good).ShouldBeEmpty();
        Errors(good, good).Keys.ShouldBe(["rules[1].name"]);
        Errors(good with { Name = "Not Good" }).Keys.ShouldBe(["rules[0].name"]);
        Errors(good with { Keywords = [] }).Keys.ShouldBe(["rules[0]"]);
        Errors(good with { Keywords = [" "] }).Keys.ShouldBe(["rules[0].keywords"]);
        Errors(good with { Kind = null }).Keys.ShouldBe(["rules[0]"]);
        Errors(null!, good with { Model = null! }).Keys.ShouldBe(["rules[0]", "rules[1].model"]);
        ClassifierValidation.Errors(new ClassificationRules { Rules = Enumerable.Range(0, 201).Select(i => good with { Name = $"r{i}" }).ToList() }).Keys.ShouldBe(["rules"]);
        ClassifierValidation.Errors(new ClassificationRules { Rules = null! }).Keys.ShouldBe(["rules"]);
    }
}
