"""Each construct of C that kernel headers use around these structs, in headers written for the purpose."""

from __future__ import annotations

import pytest

from modelcheck.diagnostics import InputError
from tests.tree.trees import layout, offsets, structs_of


def test_nested_structs_and_unions() -> None:
    found = structs_of(
        """
        struct pair { struct pair *left, *right; };
        struct page {
            unsigned long word;
            union {
                struct { void *first; unsigned int second; };
                struct pair both;
                union { short s; char c[3]; } named;
            };
            int last[2][2];
        };
        """
    ).declarations
    assert offsets(found) == {
        "word": 0, "first": 8, "second": 16, "both": 8, "both.left": 8, "both.right": 16,
        "named": 8, "named.s": 8, "named.c": 8, "last": 24,
    }  # fmt: skip
    assert layout(found).size == 40
    assert offsets(found, abi="ppc32")["last"] == 12


def test_conditions_between_members() -> None:
    found = structs_of(
        """
        struct page {
        #ifdef CONFIG_A
            long a;
        #elif defined(CONFIG_B) && !defined(CONFIG_C)
            int b;
        #else
            char c;
        #endif
        #ifndef CONFIG_A
        # if IS_ENABLED(CONFIG_D)
            char d;
        # endif
        #endif
        };
        """
    ).declarations
    assert list(offsets(found, "A", "D")) == ["a"]
    assert list(offsets(found, "B")) == ["b"]
    assert list(offsets(found, "B", "C", "D")) == ["c", "d"]


def test_a_condition_inside_of_a_declarator_makes_variants() -> None:
    found = structs_of(
        """
        struct page {
            int a
        #ifdef CONFIG_A
                , b
        #endif
                ;
            long c;
        }
        #ifdef CONFIG_B
        __attribute__((aligned(32)))
        #endif
        ;
        """
    ).declarations
    assert list(offsets(found)) == ["a", "c"]
    assert list(offsets(found, "A")) == ["a", "b", "c"]
    assert layout(found, "A").align == 8
    assert layout(found, "B").align == 32


def test_macros_for_attributes() -> None:
    found = structs_of(
        """
        #define __aligned(x) __attribute__((__aligned__(x)))
        #define __packed __attribute__((__packed__))
        #define __counted(member) __attribute__((counted_by(member)))
        #define __guarded(lock)
        #ifdef CONFIG_WIDE
        #define _alignment __aligned(4 * sizeof(unsigned long))
        #else
        #define _alignment
        #endif
        #ifdef CONFIG_SHUFFLE
        # define __shuffled __attribute__((designated_init))
        #else
        # define __shuffled
        #endif
        #define __checked __attribute__((noderef, address_space(3)))
        struct small { char tag; int value; } __packed;
        struct page {
            struct small in;
            int counter __aligned(8);
            char __checked *text __guarded(counter);
            long many[2] __counted(counter);
        } __shuffled _alignment;
        """
    ).declarations
    assert offsets(found) == {"in": 0, "in.tag": 0, "in.value": 1, "counter": 8, "text": 16, "many": 24}
    assert layout(found).align == 8
    assert layout(found, "WIDE").align == 32
    # A macro whose variants are all the same to a layout does not ask for its symbol.
    assert len([d for d in found.types if d.name == "page"]) == 2


def test_a_tree_without_what_a_build_generates_numbers_from() -> None:
    with pytest.raises(InputError) as raised:
        structs_of("#include <generated/bounds.h>\nstruct page { long a; };")
    assert [each.code for each in raised.value.diagnostics] == ["CA410"]
    assert "has no `kernel/bounds.c`" in str(raised.value)


def test_macros_for_conditions() -> None:
    headers = {
        "include/linux/sizes.h": """
            #ifndef SIZES_H
            #define SIZES_H
            #include <generated/bounds.h>
            #ifdef CONFIG_64BIT
            #define WORD_BITS 64
            #else
            #define WORD_BITS 32
            #endif
            #define LOCK_IS_LARGE (LOCK_SIZE > WORD_BITS / 8)
            #if defined(CONFIG_A) || (defined(CONFIG_B) && LOCK_IS_LARGE)
            #define HAS_EXTRA
            #endif
            #endif
        """,
        "kernel/bounds.c": """
            int main(void) {
                DEFINE(LOCK_SIZE, sizeof(lock_t));
            }
        """,
    }
    found = structs_of(
        """
        #include <linux/sizes.h>
        typedef struct {
            int word;
        #ifdef CONFIG_DEBUG
            void *owner;
        #endif
        } lock_t;
        struct page {
        #if LOCK_IS_LARGE
            lock_t *lock;
        #else
            lock_t lock;
        #endif
        #ifdef HAS_EXTRA
            char extra;
        #endif
        };
        """,
        headers,
    ).declarations
    small, large = layout(found), layout(found, "DEBUG")
    assert small.field("lock").type == "lock_t"
    assert large.field("lock").type == "lock_t *"
    assert list(offsets(found, "A")) == ["lock", "lock.word", "extra"]
    assert list(offsets(found, "B")) == ["lock", "lock.word"]
    assert list(offsets(found, "B", "DEBUG")) == ["lock", "extra"]


def test_bit_fields() -> None:
    found = structs_of(
        """
        #define WIDTH (3 + 1)
        struct page { unsigned a:WIDTH, b:12; unsigned :0; unsigned char c:2; unsigned :3; long d; };
        """
    ).declarations
    placed = {f.path: (f.offset_bits, f.size_bits) for f in layout(found).fields}
    assert placed == {"a": (0, 4), "b": (4, 12), "c": (32, 2), "d": (64, 64)}


def test_groups_of_members() -> None:
    found = structs_of(
        """
        #define __group_tag(TAG) TAG
        #define __group(TAG, NAME, ATTRS, MEMBERS...) \\
            union { \\
                struct { MEMBERS } ATTRS; \\
                struct __group_tag(TAG) { MEMBERS } ATTRS NAME; \\
            } ATTRS
        #define group(NAME, MEMBERS...) __group(/* no tag */, NAME, /* nothing */, MEMBERS)
        struct page {
            char first;
            group(both,
                int a, b;
                void *c;
            );
        };
        """
    ).declarations
    assert offsets(found) == {
        "first": 0, "a": 8, "b": 12, "c": 16, "both": 8, "both.a": 8, "both.b": 12, "both.c": 16,
    }  # fmt: skip


def test_a_group_with_a_condition_inside() -> None:
    found = structs_of(
        """
        #define group(NAME, MEMBERS...) struct { MEMBERS } NAME
        struct page {
            group(all, int a;
        #ifdef CONFIG_A
                int b;
        #endif
                long c;);
        };
        """
    ).declarations
    assert offsets(found) == {"all": 0, "all.a": 0, "all.c": 8}
    assert "all.b" in offsets(found, "A")


def test_macros_that_declare_members_and_structs() -> None:
    found = structs_of(
        """
        #define BITS_TO_LONGS(n) (((n) + 8 * sizeof(long) - 1) / (8 * sizeof(long)))
        #define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
        #define lock_struct(name, ...) struct __VA_ARGS__ name
        lock_struct(lock) {
            int word;
        };
        struct page {
            DECLARE_BITMAP(map, 70);
            struct lock lock;
        };
        """
    ).declarations
    assert offsets(found) == {"map": 0, "lock": 16, "lock.word": 16}
    assert offsets(found, abi="ppc32")["lock"] == 12


def test_a_tag_that_is_a_macro_keeps_its_name() -> None:
    found = structs_of(
        """
        struct callback_head { struct callback_head *next; void (*func)(struct callback_head *head); }
            __attribute__((aligned(sizeof(void *))));
        #define rcu_head callback_head
        struct page { int a; struct rcu_head rcu_head; };
        """
    ).declarations
    placed = layout(found).field("rcu_head")
    assert (placed.type, placed.offset, placed.size) == ("struct rcu_head", 8, 16)


def test_an_unnamed_member_of_a_tagged_struct() -> None:
    found = structs_of(
        """
        struct counters { void *list; union { unsigned long all; unsigned inuse:16; }; };
        struct page { long a; struct counters; };
        """
    ).declarations
    assert offsets(found) == {"a": 0, "list": 8, "all": 16, "inuse": 16}


def test_what_is_no_declaration_of_the_struct_is_left_alone() -> None:
    found = structs_of(
        """
        #define MATCH(a, b) static_assert(offsetof(struct page, a) == offsetof(struct other, b))
        struct page;
        extern struct page *pages;
        static inline struct page *first(struct page *page) { if (page) { return page; } return 0; }
        struct page { long a; /* struct page { int in_a_comment; }; */ };
        struct other { long b; };
        MATCH(a, b);
        #ifdef CONFIG_X
        MATCH(a, b);
        #endif
        #undef MATCH
        static_assert(sizeof(struct page) <= sizeof(struct other));
        """
    ).declarations
    assert offsets(found) == {"a": 0}


def test_comments_and_continued_lines_may_stand_anywhere() -> None:
    found = structs_of(
        """
        typedef long /* before */ word_t /* behind */ ; // and at the end
        #define mark \\
            __attribute__((aligned(16))) /* one
            and two */
        struct /* a */ page /* (b; { */ { // c
            word_t /* d */ a /* ; */; /* int x; */ int // }
            b;
        } /* e */ mark /* f */;
        """
    ).declarations
    assert offsets(found) == {"a": 0, "b": 8}
    assert layout(found).align == 16


def test_headers_of_the_architecture_come_first() -> None:
    headers = {
        "arch/toy/include/asm/page.h": "#include <asm/entry.h>\ntypedef entry_t *table_t;\n#define WANTS_VIRTUAL 1\n",
        "arch/toy/include/asm/entry.h": "typedef struct { unsigned long e; } entry_t;\n",
        "include/asm-generic/page.h": "typedef struct page *table_t;\n",
        "include/asm-generic/lock.h": "#ifdef CONFIG_TALL\ntypedef long lock_t;\n#else\ntypedef char lock_t;\n#endif\n",
    }
    found = structs_of(
        """
        #include <asm/page.h>
        #include <asm/lock.h>
        struct page { table_t table; lock_t lock;
        #if defined(WANTS_VIRTUAL)
            void *virtual;
        #endif
        };
        """,
        headers,
    ).declarations
    assert layout(found).field("table").type == "table_t"
    assert offsets(found) == {"table": 0, "lock": 8, "virtual": 16}
    assert layout(found, "TALL").field("lock").size == 8
    assert layout(found).field("lock").size == 1


def test_a_type_of_two_headers_depends_on_which_is_included() -> None:
    headers = {
        "include/linux/up.h": "typedef struct { } raw_t;\n",
        "arch/toy/include/asm/smp.h": "typedef struct { unsigned int word; } raw_t;\n",
        "include/linux/lock.h": """
            #if defined(CONFIG_SMP)
            # include <asm/smp.h>
            #else
            # include <linux/up.h>
            #endif
        """,
    }
    found = structs_of("#include <linux/lock.h>\nstruct page { raw_t raw; long rest; };", headers).declarations
    assert layout(found, "SMP").field("raw").size == 4
    assert layout(found).field("raw").size == 0


def test_the_order_of_definitions_counts() -> None:
    found = structs_of(
        """
        #ifdef CONFIG_A
        #define COUNT 2
        #endif
        #ifndef COUNT
        #define COUNT 3
        #endif
        struct page { char many[COUNT]; };
        #undef COUNT
        #define COUNT 4
        """
    ).declarations
    assert layout(found).size == 3
    assert layout(found, "A").size == 2


def test_a_header_that_is_included_again_counts_from_there_on() -> None:
    headers = {
        "include/linux/first.h": """
            #ifndef FIRST_H
            #define FIRST_H
            #define SEEN 1
            #include <linux/second.h>
            #endif
        """,
        "include/linux/second.h": """
            #ifndef SECOND_H
            #define SECOND_H
            #include <linux/first.h>
            #define ALSO_SEEN 1
            #endif
        """,
    }
    found = structs_of(
        """
        #ifdef CONFIG_EARLY
        #include <linux/first.h>
        #endif
        #ifdef SEEN
        #define SEEN_EARLY 1
        #endif
        #ifdef CONFIG_LATE
        #include <linux/second.h>
        #endif
        struct page {
            int a;
        #ifdef SEEN_EARLY
            int early;
        #endif
        #if defined(SEEN) && defined(ALSO_SEEN)
            int any;
        #endif
        };
        """,
        headers,
    ).declarations
    assert list(offsets(found)) == ["a"]
    assert list(offsets(found, "EARLY")) == ["a", "early", "any"]
    assert list(offsets(found, "LATE")) == ["a", "any"]


def test_what_a_header_defines_holds_wherever_it_is_included() -> None:
    headers = {
        "include/linux/map.h": """
            #ifndef MAP_H
            #define MAP_H
            #include <linux/sizes.h>
            #define CLASSES 3
            struct map { char many[CLASSES + EXTRA]; };
            #endif
        """,
        "include/linux/sizes.h": "#define EXTRA 2\n",
    }
    found = structs_of(
        """
        #ifdef CONFIG_EARLY
        #include <linux/map.h>
        #endif
        #include <linux/map.h>
        struct page { struct map map; };
        """,
        headers,
    ).declarations
    assert layout(found).size == layout(found, "EARLY").size == 5


def test_an_offset_of_another_struct() -> None:
    found = structs_of(
        """
        struct raw { int word;
        #ifdef CONFIG_DEBUG
            long map;
        #endif
        };
        struct page { union { struct raw raw;
        #ifdef CONFIG_DEBUG
        # define PAD (offsetof(struct raw, map))
            struct { unsigned char pad[PAD]; long map; };
        #endif
        }; };
        """
    ).declarations
    assert offsets(found, "DEBUG")["map"] == offsets(found, "DEBUG")["raw.map"] == 8
    assert "pad" not in offsets(found)


def test_a_typedef_may_be_aligned() -> None:
    found = structs_of(
        """
        typedef unsigned long long wide __attribute__((aligned(8)));
        typedef unsigned long long narrow __attribute__((aligned(4)));
        struct page { int a; wide b; int c; narrow d; };
        """
    ).declarations
    assert offsets(found, abi="i386") == {"a": 0, "b": 8, "b.value": 8, "c": 16, "d": 20, "d.value": 20}


def test_function_pointers_and_enums() -> None:
    found = structs_of(
        """
        enum colour { RED, GREEN };
        typedef void (*callback_t)(struct page *, int);
        struct page { enum colour colour; callback_t call; int (*run[2])(void); enum { ONE } one; };
        """
    ).declarations
    assert offsets(found) == {"colour": 0, "call": 8, "run": 16, "one": 32}


def test_the_models_type_stands_in_and_is_named() -> None:
    found = structs_of("struct page { mystery_t m; long a; };", model="typedef struct { char c[5]; } mystery_t;")
    assert offsets(found.declarations)["a"] == 8
    assert found.notes == ("`mystery_t` was found in no header of the tree: it is as the model declares it",)


def test_symbols_that_the_model_does_not_know_are_free() -> None:
    text = "struct page { int a;\n#ifdef CONFIG_NEW\nint b;\n#endif\n#ifdef CONFIG_OLD\nint c;\n#endif\n};"
    found = structs_of(text, known=("OLD",))
    assert [symbol.name for symbol in found.symbols] == ["NEW"]


def test_numbers_that_no_source_gives_make_a_free_symbol() -> None:
    found = structs_of(
        """
        #if CONFIG_NODES_SHIFT + 8 > 20
        #define DOES_NOT_FIT
        #endif
        struct page { int a;
        #ifdef DOES_NOT_FIT
            int node;
        #endif
        };
        """
    )
    assert [symbol.name for symbol in found.symbols] == ["DOES_NOT_FIT"]
    assert list(offsets(found.declarations, "DOES_NOT_FIT")) == ["a", "node"]
    assert "`DOES_NOT_FIT` (include/linux/mm_types.h:3) depends on numbers" in found.notes[0]


def test_a_comparison_that_is_not_known_is_called_like_its_macro() -> None:
    found = structs_of(
        """
        #define SPLIT_LOCKS (NR_CPUS >= CONFIG_SPLIT_CPUS)
        #define SPLIT_MORE (SPLIT_LOCKS && IS_ENABLED(CONFIG_MORE))
        struct page { int a;
        #if SPLIT_MORE
            int lock;
        #endif
        };
        """,
    )
    assert [symbol.name for symbol in found.symbols] == ["SPLIT_LOCKS", "MORE"]
    assert list(offsets(found.declarations, "SPLIT_LOCKS", "MORE")) == ["a", "lock"]
    assert list(offsets(found.declarations, "SPLIT_LOCKS")) == ["a"]
    assert found.notes == ("`SPLIT_LOCKS` depends on numbers that the sources do not give: it may hold or not",)


def test_a_struct_that_is_not_there_is_left_out() -> None:
    found = structs_of("struct page { int a; };", wanted=("page", "ptdesc"))
    assert {d.name for d in found.declarations.types} == {"page"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("struct page {\n int a;\n @@ b;\n};", 3, "is not understood"),
        ("struct page {\n nowhere_t a;\n};", 2, "`nowhere_t` is declared by no header"),
        ("struct page {\n int a[CONFIG_N];\n};", 2, "`CONFIG_N` is not known from the sources alone"),
        ("struct page {\n int a;\n} __attribute__((ms_struct));", 3, "the attribute `ms_struct`"),
        ("struct page {\n int a __attribute__((aligned));\n};", 2, "needs a number"),
        ("struct page {\n __typeof__(int) a;\n};", 2, "is not understood"),
    ],
)
def test_what_is_not_understood_has_a_place(text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as error:
        structs_of(text)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "CA415"
    assert said in diagnostic.message
    assert diagnostic.span is not None and diagnostic.span.place.startswith(f"include/linux/mm_types.h:{line}:")


def test_too_many_variants_are_refused() -> None:
    macros = "".join(f"#ifdef CONFIG_A{i}\n#define M{i} int\n#else\n#define M{i} long\n#endif\n" for i in range(8))
    members = "".join(f"M{i} m{i};\n" for i in range(8))
    with pytest.raises(InputError) as error:
        structs_of(f"{macros}struct page {{ {members} }};")
    assert "variants" in error.value.diagnostics[0].message


def test_macros_that_name_each_other_come_to_an_end() -> None:
    found = structs_of("#define A B\n#define B A\n#if A\n#define X\n#endif\nstruct page { int a; };")
    assert offsets(found.declarations) == {"a": 0}
    deep = "".join(f"#if defined(M{i})\n#define M{i + 1}\n#endif\n" for i in range(3000))
    with pytest.raises(InputError) as error:
        structs_of(f"{deep}struct page {{ int a;\n#ifdef M3000\nint b;\n#endif\n}};")
    assert "nested too deeply" in error.value.diagnostics[0].message
