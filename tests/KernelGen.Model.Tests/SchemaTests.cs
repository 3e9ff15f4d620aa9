using System.Text.Json.Nodes;

namespace KernelGen.Model.Tests;

/// <summary>
/// The published schema and the reader are kept in step: the schema accepts whatever the reader accepts, knows no key that the
/// writer never writes, and requires no key that the reader does without.
/// </summary>
public class SchemaTests
{
    private static readonly JsonObject Schema =
        JsonNode.Parse(File.ReadAllText(Repository.PathOf("runtime/KernelGen.Model/Description/kgn.schema.json")))!.AsObject();

    private static readonly SchemaValidator Validator = new(Schema);

    [Fact]
    public void What_the_writer_writes_fits_the_schema()
    {
        Assert.All(SampleNetworks.All, n => Assert.True(Validator.Accepts(Parse(n)), n.Name));
        Assert.True(Validator.Accepts(Parse(SampleNetworks.Small())));
    }

    [Fact]
    public void The_writer_writes_every_key_and_operator_of_the_schema()
    {
        var written = new HashSet<string>();
        foreach (var network in SampleNetworks.All)
        {
            Collect(Parse(network), written);
        }

        var known = new HashSet<string>();
        foreach (var (_, definition) in Schema["$defs"]!.AsObject().Append(new("", Schema)))
        {
            if (definition!["properties"] is JsonObject properties)
            {
                known.UnionWith(Operators(properties).SelectMany(op => properties.Select(p => op + p.Key)));
            }
        }

        Assert.Equal(known.Order(), written.Order());
    }

    [Fact]
    public void A_key_that_the_schema_lacks_is_refused_everywhere() =>
        ForEachObject((o, root) =>
        {
            o["surplus"] = 1;
            var errors = DescriptionReader.Read(root.ToJsonString()).Errors;
            Assert.Contains(errors, e => e.Id == ProblemId.Key && e.Message.Contains("'surplus'"));
            Assert.False(Validator.Accepts(root));
        });

    [Fact]
    public void Whatever_the_reader_accepts_without_a_key_the_schema_accepts_too()
    {
        var (accepted, refused) = (0, 0);
        foreach (var network in SampleNetworks.All)
        {
            for (var removed = 0; ; removed++)
            {
                var root = Parse(network);
                var left = removed;
                if (!RemoveKey(root, ref left))
                {
                    break;
                }

                var isRead = DescriptionReader.Read(root.ToJsonString()).Description is not null;
                Assert.True(!isRead || Validator.Accepts(root), root.ToJsonString());
                accepted += isRead ? 1 : 0;
                refused += isRead ? 0 : 1;
            }
        }

        Assert.True(accepted > 5 && refused > 50, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public void Every_key_that_the_schema_requires_the_reader_requires() =>
        ForEachObject((o, root) =>
        {
            foreach (var key in o.Select(m => m.Key).ToList())
            {
                var value = o[key]?.DeepClone();
                o.Remove(key);
                var isRead = DescriptionReader.Read(root.ToJsonString()).Description is not null;
                Assert.True(!isRead || Validator.Accepts(root), key);
                o[key] = value;
            }
        });

    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("100000")]
    [InlineData("0.5")]
    [InlineData("true")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Whatever_value_the_reader_accepts_the_schema_accepts_too(string value) =>
        ForEachObject((o, root) =>
        {
            foreach (var key in o.Select(m => m.Key).ToList())
            {
                var before = o[key]?.DeepClone();
                o[key] = JsonNode.Parse(value);
                var isRead = DescriptionReader.Read(root.ToJsonString()).Description is not null;
                Assert.True(!isRead || Validator.Accepts(root), key);
                o[key] = before;
            }
        });

    private static JsonNode Parse(NetworkDescription description) => JsonNode.Parse(DescriptionWriter.Write(description))!;

    private static void ForEachObject(Action<JsonObject, JsonNode> action)
    {
        foreach (var network in SampleNetworks.All)
        {
            var text = DescriptionWriter.Write(network);
            var count = Descendants(JsonNode.Parse(text)!).OfType<JsonObject>().Count();
            Assert.True(count > 25);
            for (var index = 0; index < count; index++)
            {
                var root = JsonNode.Parse(text)!;
                action(Descendants(root).OfType<JsonObject>().ElementAt(index), root);
            }
        }
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node) =>
        (node switch
        {
            JsonObject o => o.Select(m => m.Value),
            JsonArray a => a,
            _ => [],
        }).OfType<JsonNode>().SelectMany(Descendants).Prepend(node);

    private static bool RemoveKey(JsonNode root, ref int index)
    {
        foreach (var o in Descendants(root).OfType<JsonObject>())
        {
            if (index < o.Count)
            {
                o.RemoveAt(index);
                return true;
            }

            index -= o.Count;
        }

        return false;
    }

    // Keys are told apart by the operator of their layer.
    private static void Collect(JsonNode root, HashSet<string> keys)
    {
        foreach (var o in Descendants(root).OfType<JsonObject>())
        {
            keys.UnionWith(o.Select(m => (string?)o["op"] + "/" + m.Key));
        }
    }

    private static IEnumerable<string> Operators(JsonObject properties)
    {
        if (properties["op"] is not JsonObject op)
        {
            return ["/"];
        }

        return op["const"] is { } one ? [(string?)one + "/"] : op["enum"]!.AsArray().Select(e => (string?)e + "/");
    }
}
