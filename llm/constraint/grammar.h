/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A grammar of bytes, and where in it a text stands.
 *
 * A grammar is a tree of nodes: fixed words, strings, numbers, arrays, objects, alternatives. A
 * place in it is a stack of frames, one per node that is open; because of alternatives a text may
 * stand at several places at once, so a state is a small set of stacks. Every node is bounded (the
 * length of strings and numbers, the items of an array), so every state can be ended in a bounded
 * number of bytes. JSON is written compactly, with at most one space after ':' and ','.
 *
 * A grammar is immutable once built. A state set is plain memory of llm_grammar_set_bytes().
 *
 *   g_autoptr (LlmGrammar) grammar = llm_grammar_new ();
 *   int root = llm_grammar_add_words (grammar, words);
 *   llm_grammar_finish (grammar, root);
 *   llm_grammar_begin (grammar, set);
 *   llm_grammar_step (grammar, set, 'y', next);
 */

#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

#define LLM_GRAMMAR_MAX_DEPTH 32   /* nodes inside one another */
#define LLM_GRAMMAR_MAX_PLACES 64  /* places that a text may stand at: more are not followed */
#define LLM_GRAMMAR_MAX_CHOICES 60 /* optional properties in a row, alternatives */

typedef enum {
  LLM_NODE_WORDS,
  LLM_NODE_STRING,
  LLM_NODE_NUMBER,
  LLM_NODE_ARRAY,
  LLM_NODE_OBJECT,
  LLM_NODE_ANY_OF
} LlmNodeKind;

typedef struct {
  char *key; /* as written: "\"name\":" */
  size_t length;
  int value; /* node */
  gboolean required;
} LlmProperty;

typedef struct {
  LlmNodeKind kind;
  int first;           /* words: root in the trie; array: item; object, any of: see below */
  int n;               /* object: properties; any of: alternatives */
  int n_fraction;      /* number: digits after the point, 0 for integers */
  int64_t least, most; /* string: characters; array: items; number: value times 10^n_fraction */
} LlmNode;

/* A node of the trie that holds all words. */
typedef struct {
  char byte;
  gboolean ends;
  int child, sibling; /* -1: none */
} LlmTrieNode;

typedef struct {
  GArray *nodes;        /* of LlmNode */
  GArray *trie;         /* of LlmTrieNode */
  GArray *properties;   /* of LlmProperty; an object's are [first, first + n) */
  GArray *alternatives; /* of int; a node's are [first, first + n) */
  int root;
  int depth; /* of the tree */
} LlmGrammar;

typedef struct {
  uint16_t node;
  uint8_t phase;
  uint8_t sub;
  uint32_t count;
  int64_t value;
} LlmFrame;

/* One place: depth 0 means that the text is complete. */
typedef struct {
  int depth;
  int reserved; /* 0 */
  LlmFrame frames[];
} LlmPlace;

typedef struct {
  int n;
  int reserved;
  char places[]; /* n of llm_grammar_place_bytes() */
} LlmStateSet;

LlmGrammar *llm_grammar_new (void);
void llm_grammar_free (LlmGrammar *grammar);
/* words: NULL-terminated, none empty. These return the new node. */
int llm_grammar_add_words (LlmGrammar *grammar, const char *const *words);
int llm_grammar_add_node (LlmGrammar *grammar, const LlmNode *node);
/* After this nothing is added. FALSE if the nodes are nested too deep. */
gboolean llm_grammar_finish (LlmGrammar *grammar, int root);
/* Marks in needed[256] the bytes that a vocabulary must have as tokens of one byte, so that no
 * state is without a token that goes on. */
void llm_grammar_needed_bytes (const LlmGrammar *grammar, gboolean *needed);

size_t llm_grammar_set_bytes (const LlmGrammar *grammar);
void llm_grammar_begin (const LlmGrammar *grammar, LlmStateSet *set);
/* next: the state after one more byte; next->n is 0 if it may not follow. */
void llm_grammar_step (const LlmGrammar *grammar, const LlmStateSet *set, char byte,
                       LlmStateSet *next);
gboolean llm_grammar_may_end (const LlmGrammar *grammar, const LlmStateSet *set);
/* Nothing may follow. */
gboolean llm_grammar_is_complete (const LlmGrammar *grammar, const LlmStateSet *set);
/* Splits off the places inside the characters of a string. Returns the most characters that one of
 * them has room for, or -1 if there are none. */
int llm_grammar_split_strings (const LlmGrammar *grammar, const LlmStateSet *set,
                               LlmStateSet *strings, LlmStateSet *others);
/* Whether a number node has any value at all. */
gboolean llm_number_is_possible (const LlmNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmGrammar, llm_grammar_free)

G_END_DECLS
