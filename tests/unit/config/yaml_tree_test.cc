// The YAML tree: kinds, lines, bounds, and KEY=VALUE assignments.
extern "C" {
#include "yaml_tree.h"
}

#include <cstring>

#include "files.h"

using namespace pagewalk_test;

namespace {

class Tree {
 public:
  explicit Tree(const std::string &text) : status_(pw_yaml_parse(text.data(), text.size(), "t.yaml", &root_, &diag_)) {}
  ~Tree() { pw_yaml_free(root_); }
  Tree(const Tree &) = delete;
  Tree &operator=(const Tree &) = delete;

  int status() const { return status_; }
  const pw_diag &diag() const { return diag_; }
  const pw_yaml_node *root() const { return root_; }
  const pw_yaml_node *at(const char *dotted) const { return pw_yaml_nearest(root_, dotted); }
  int assign(const char *assignment) { return pw_yaml_assign(root_, assignment, &diag_); }

 private:
  pw_diag diag_{};
  pw_yaml_node *root_ = nullptr;
  int status_; /* last: parsing writes the two above */
};

void expect_refused(const std::string &text, unsigned line, const std::string &message) {
  const Tree tree(text);
  EXPECT_EQ(-PW_ECONFIG, tree.status()) << text.substr(0, 60);
  EXPECT_EQ(nullptr, tree.root());
  EXPECT_STREQ("t.yaml", tree.diag().file);
  EXPECT_EQ(line, tree.diag().line) << tree.diag().message;
  EXPECT_NE(std::string::npos, std::string(tree.diag().message).find(message)) << tree.diag().message;
}

TEST(YamlTree, NodesKnowKindTextAndLine) {
  const Tree tree("a: 1\nb:\n  - x\n  - c: y\nd: {}\n");
  ASSERT_EQ(0, tree.status());
  EXPECT_EQ(PW_YAML_MAPPING, tree.root()->kind);
  EXPECT_STREQ("1", tree.at("a")->text);
  EXPECT_EQ(1u, tree.at("a")->line);
  EXPECT_EQ(PW_YAML_SEQUENCE, tree.at("b")->kind);
  EXPECT_EQ(2u, tree.at("b")->line);
  EXPECT_STREQ("x", tree.at("b.0")->text);
  EXPECT_EQ(3u, tree.at("b.0")->line);
  EXPECT_STREQ("y", tree.at("b.1.c")->text);
  EXPECT_EQ(4u, tree.at("b.1.c")->line);
  EXPECT_EQ(PW_YAML_MAPPING, tree.at("d")->kind);
  EXPECT_EQ(nullptr, tree.at("d")->child);
  EXPECT_FALSE(tree.at("a")->from_override);
}

TEST(YamlTree, ChildIsFoundByKeyOrByIndexAndNotBeyond) {
  const Tree tree("a: [p, q]\n");
  const pw_yaml_node *list = pw_yaml_child(tree.root(), "a");
  ASSERT_NE(nullptr, list);
  EXPECT_EQ(nullptr, pw_yaml_child(tree.root(), "0")) << "a mapping has no indices";
  EXPECT_STREQ("q", pw_yaml_child(list, "1")->text);
  EXPECT_EQ(nullptr, pw_yaml_child(list, "2"));
  EXPECT_EQ(nullptr, pw_yaml_child(list, "x"));
  EXPECT_EQ(nullptr, pw_yaml_child(list, ""));
}

TEST(YamlTree, NearestOfAMissingPathIsItsDeepestAncestor) {
  const Tree tree("a:\n  b: 1\n");
  EXPECT_EQ(tree.at("a"), tree.at("a.missing.c"));
  EXPECT_EQ(tree.root(), tree.at("missing"));
  EXPECT_EQ(tree.root(), tree.at(""));
}

TEST(YamlTree, SyntaxErrorIsRefusedAtItsLine) { expect_refused("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML"); }

TEST(YamlTree, TabAsIndentationIsRefused) { expect_refused("a:\n\tb: 1\n", 2, "not YAML"); }

TEST(YamlTree, DuplicateKeyIsRefusedAtItsSecondLine) {
  const Tree tree("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(-PW_ECONFIG, tree.status());
  EXPECT_EQ(3u, tree.diag().line);
  EXPECT_STREQ("a", tree.diag().key);
}

TEST(YamlTree, KeyThatIsNotAWordIsRefused) { expect_refused("a: 1\n? [b, c]\n: 2\n", 2, "plain word"); }

TEST(YamlTree, EmptyTextIsRefused) {
  expect_refused("", 1, "");
  expect_refused("# a comment alone\n", 1, "");
}

TEST(YamlTree, SecondDocumentIsRefused) { expect_refused("a: 1\n---\nb: 2\n", 3, "second"); }

TEST(YamlTree, AliasStandsForWhatItNames) {
  const Tree tree("a: &x { b: 1 }\nc: *x\n");
  ASSERT_EQ(0, tree.status());
  EXPECT_STREQ("1", tree.at("c.b")->text);
}

TEST(YamlTree, AliasBombIsRefusedBeforeItGrows) {
  std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; i++) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int j = 1; j < 10; j++) text += ", " + alias;
    text += "]\n";
  }
  const Tree tree(text);
  EXPECT_EQ(-PW_ECONFIG, tree.status());
  EXPECT_NE(nullptr, strstr(tree.diag().message, "values"));
}

TEST(YamlTree, AliasToItselfIsRefused) { EXPECT_EQ(-PW_ECONFIG, Tree("a: &x [*x]\n").status()); }

TEST(YamlTree, SixteenLevelsAreReadAndMoreAreRefused) {
  const auto nested = [](size_t levels) { return std::string(levels, '[') + "1" + std::string(levels, ']'); };
  EXPECT_EQ(0, Tree(nested(16)).status());
  EXPECT_EQ(-PW_ECONFIG, Tree(nested(17)).status());
}

TEST(YamlTree, FileThatIsNotThereIsAnIoError) {
  pw_yaml_node *root = nullptr;
  pw_diag diag{};
  EXPECT_EQ(-PW_EIO, pw_yaml_load("/nonexistent/t.yaml", &root, &diag));
  EXPECT_STREQ("/nonexistent/t.yaml", diag.file);
  EXPECT_EQ(0u, diag.line);
  EXPECT_EQ(nullptr, root);
}

TEST(YamlTree, AssignmentReplacesAValueAndItsOrigin) {
  Tree tree("a:\n  b: 1\n  c: 2\n");
  ASSERT_EQ(0, tree.assign("a.b=5"));
  EXPECT_STREQ("5", tree.at("a.b")->text);
  EXPECT_STREQ("b", tree.at("a.b")->key);
  EXPECT_TRUE(tree.at("a.b")->from_override);
  EXPECT_EQ(0u, tree.at("a.b")->line);
  EXPECT_STREQ("2", tree.at("a.c")->text);
  EXPECT_FALSE(tree.at("a.c")->from_override);
}

TEST(YamlTree, AssignedMappingIsWhollyAnOverride) {
  Tree tree("a: 1\n");
  ASSERT_EQ(0, tree.assign("a={ b: [7, 8] }"));
  EXPECT_STREQ("8", tree.at("a.b.1")->text);
  EXPECT_TRUE(tree.at("a.b.1")->from_override);
  EXPECT_EQ(0u, tree.at("a.b.1")->line);
}

TEST(YamlTree, AssignmentByIndexReachesAnItem) {
  Tree tree("a:\n  - b: 1\n  - b: 2\n");
  ASSERT_EQ(0, tree.assign("a.1.b=9"));
  EXPECT_STREQ("1", tree.at("a.0.b")->text);
  EXPECT_STREQ("9", tree.at("a.1.b")->text);
}

TEST(YamlTree, AssignmentMayAddTheLastKeyOfAMapping) {
  Tree tree("a: {}\n");
  ASSERT_EQ(0, tree.assign("a.b=1"));
  EXPECT_STREQ("1", tree.at("a.b")->text);
}

TEST(YamlTree, AssignmentToAPlaceThatIsNotThereIsRefused) {
  for (const char *assignment : {"x.b=1", "a.2=1", "a.x=1", "s.b=1", "a.0.b=1"}) {
    Tree tree("a: [1, 2]\ns: text\n");
    EXPECT_EQ(-PW_ECONFIG, tree.assign(assignment)) << assignment;
    EXPECT_STREQ("--set", tree.diag().file);
    EXPECT_EQ(std::string(assignment).substr(0, std::string(assignment).find('=')), tree.diag().key);
  }
}

TEST(YamlTree, AssignmentWithoutKeyOrEqualsIsRefused) {
  Tree tree("a: 1\n");
  const std::string long_key(200, 'k');
  for (const std::string &assignment : {std::string("a"), std::string("=1"), std::string(""), long_key + "=1"}) {
    EXPECT_EQ(-PW_ECONFIG, tree.assign(assignment.c_str())) << assignment;
    EXPECT_NE(nullptr, strstr(tree.diag().message, "KEY=VALUE"));
  }
  EXPECT_STREQ("1", tree.at("a")->text);
}

TEST(YamlTree, AssignedValueMustBeYaml) {
  Tree tree("a: 1\n");
  EXPECT_EQ(-PW_ECONFIG, tree.assign("a=[1"));
  EXPECT_STREQ("--set", tree.diag().file);
  EXPECT_EQ(-PW_ECONFIG, tree.assign("a="));
  EXPECT_STREQ("1", tree.at("a")->text);
}

// What followed a NUL was once ignored, so that "true\0junk" was true.
TEST(YamlTree, NulInATextIsRefused) {
  expect_refused("a: \"true\\0junk\"\n", 1, "NUL");
  expect_refused("\"a\\0b\": 1\n", 1, "NUL");
}

TEST(YamlTree, ListIndexIsDigitsAlone) {
  Tree tree("a: [1, 2]\n");
  EXPECT_EQ(0, tree.assign("a.1=7"));
  EXPECT_EQ(-PW_ECONFIG, tree.assign("a.+0=7"));
  EXPECT_EQ(-PW_ECONFIG, tree.assign("a.-0=7"));
}

} // namespace
