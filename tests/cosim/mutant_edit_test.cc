// Edits of the Verilog become choices: each at its one place, several at one place, and never half over each other.
#include "mutant_edit.h"

#include <cstdlib>

#include "files.h"

using namespace pagewalk_test;

namespace {

mutant_edit edit(uint32_t mutant, const char *name, const char *find, const char *replace,
                 mutant_edit_kind kind = MUTANT_EXPRESSION) {
  return {mutant, name, "unit.sv", kind, find, replace, 10 * mutant};
}

class MutantEdit : public ::testing::Test {
 protected:
  int apply(const std::vector<mutant_edit> &list, const std::string &text, const char *verilog = "unit.sv") {
    const mutant_edits edits = {"list.yaml", list.data(), list.size(), 9};
    char *edited = nullptr;
    diag_ = {};
    const int status = mutant_edit_text(&edits, verilog, text.c_str(), &edited, &diag_);
    edited_ = edited ? edited : "";
    free(edited);
    return status;
  }

  // What is left when the device is `mutant`: the choices of the text, made by hand.
  static std::string chosen(std::string text, uint32_t mutant) {
    for (size_t at; (at = text.rfind("((mutation_pkg::mutsel == ")) != std::string::npos;) {
      const size_t question = text.find(") ? (", at), colon = text.find("\n) : (", at), end = text.find("\n))", colon);
      const uint32_t number = static_cast<uint32_t>(std::stoul(text.substr(at + 26)));
      const std::string yes = text.substr(question + 5, colon - question - 5);
      const std::string no = text.substr(colon + 6, end - colon - 6);
      text.replace(at, text.find("*/", end) + 2 - at, number == mutant ? yes : no);
    }
    return text;
  }

  std::string edited_;
  pw_diag diag_{};
};

TEST_F(MutantEdit, ExpressionBecomesAChoiceByTheNumber) {
  ASSERT_EQ(0, apply({edit(3, "one", "a && b", "a")}, "x = a && b;"));
  EXPECT_EQ("x = ((mutation_pkg::mutsel == 3) ? (a\n) : (a && b\n)) /* one */;", edited_);
}

TEST_F(MutantEdit, StatementBecomesAnIf) {
  ASSERT_EQ(0, apply({edit(4, "one", "x = 1;", "", MUTANT_STATEMENT)}, "if (y) x = 1;"));
  EXPECT_EQ("if (y) if (mutation_pkg::mutsel == 4) begin \nend else begin x = 1;\nend /* one */", edited_);
}

TEST_F(MutantEdit, TextIsThatOfEveryDevice) {
  ASSERT_EQ(0, apply({edit(4, "one", "logic a;", "logic a, b;", MUTANT_TEXT)}, "logic a; assign a = 1;"));
  EXPECT_EQ("logic a, b; assign a = 1;", edited_);
}

TEST_F(MutantEdit, MutantsCanShareAPlace) {
  ASSERT_EQ(0, apply({edit(1, "one", "a + b", "a"), edit(2, "two", "a + b", "b")}, "x = a + b;"));
  EXPECT_EQ("x = a + b;", chosen(edited_, 0));
  EXPECT_EQ("x = a;", chosen(edited_, 1));
  EXPECT_EQ("x = b;", chosen(edited_, 2));
}

TEST_F(MutantEdit, PlaceCanLieInsideAnother) {
  ASSERT_EQ(
      0, apply({edit(1, "one", "b", "0"), edit(2, "two", "a + b", "1"), edit(3, "three", "c", "2")}, "x = a + b * c;"));
  EXPECT_EQ("x = a + b * c;", chosen(edited_, 0));
  EXPECT_EQ("x = a + 0 * c;", chosen(edited_, 1));
  EXPECT_EQ("x = 1 * c;", chosen(edited_, 2));
  EXPECT_EQ("x = a + b * 2;", chosen(edited_, 3));
}

TEST_F(MutantEdit, EditOfAnotherFileIsLeftOut) {
  ASSERT_EQ(0, apply({edit(1, "one", "nowhere", "a")}, "x = a;", "other.sv"));
  EXPECT_EQ("x = a;", edited_);
}

TEST_F(MutantEdit, WhatIsNotThereIsRefusedWithTheMutantAndTheLine) {
  EXPECT_EQ(-PW_EINVAL, apply({edit(2, "two", "a &&  b", "a")}, "x = a && b;"));
  EXPECT_EQ("list.yaml:20: two: what is to be found is not in unit.sv; white space counts", line_of_diag(diag_));
}

TEST_F(MutantEdit, WhatIsThereTwiceIsRefused) {
  EXPECT_EQ(-PW_EINVAL, apply({edit(2, "two", "aa", "b")}, "x = aaa;"));
  EXPECT_EQ("list.yaml:20: two: what is to be found is more than once in unit.sv", line_of_diag(diag_));
}

TEST_F(MutantEdit, OverlapInPartIsRefusedWithBothNames) {
  EXPECT_EQ(-PW_EINVAL, apply({edit(1, "one", "a + b", "a"), edit(2, "two", "b + c", "c")}, "x = a + b + c;"));
  EXPECT_EQ("list.yaml:20: two: overlaps in part a place in unit.sv, which one (line 10) edits", line_of_diag(diag_));
}

TEST_F(MutantEdit, KindsThatCannotShareAPlaceAreRefused) {
  EXPECT_EQ(-PW_EINVAL, apply({edit(1, "one", "a;", "b;"), edit(2, "two", "a;", "", MUTANT_STATEMENT)}, "a;"));
  EXPECT_NE(std::string::npos, line_of_diag(diag_).find("of another kind")) << line_of_diag(diag_);
  EXPECT_EQ(-PW_EINVAL, apply({edit(1, "one", "a b", "b a", MUTANT_TEXT), edit(2, "two", "b", "c")}, "a b;"));
  EXPECT_NE(std::string::npos, line_of_diag(diag_).find("which one (line 10) edits")) << line_of_diag(diag_);
  EXPECT_EQ(-PW_EINVAL, apply({edit(1, "one", "a", "b"), edit(1, "one", "a", "c")}, "a;"));
  EXPECT_NE(std::string::npos, line_of_diag(diag_).find("edits twice")) << line_of_diag(diag_);
}

TEST_F(MutantEdit, TopGetsTheInputAndTheRegisterThatChoicesRead) {
  ASSERT_EQ(0, apply({}, "module mmu (\n  input wire rst_ni,\n  input wire a\n);\nendmodule\n", "mmu.sv"));
  EXPECT_EQ(
      "module mmu (\n  input wire rst_ni, input wire [31:0] mutsel,\n  input wire a\n);\n"
      "always_ff @(posedge clk_i) mutation_pkg::mutsel <= mutsel;\nendmodule\n",
      edited_);
}

TEST_F(MutantEdit, TopWithoutAResetIsRefused) {
  EXPECT_EQ(-PW_EINVAL, apply({}, "module mmu ();\nendmodule\n", "mmu.sv"));
  EXPECT_NE(std::string::npos, line_of_diag(diag_).find("rst_ni,")) << line_of_diag(diag_);
}

} // namespace
