/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/constraint/grammar-private.h"

#include <string.h>

/* Phases of arrays and objects. */
enum {
  PHASE_START,
  PHASE_OPENED, /* after '[' or '{' */
  PHASE_VALUE,  /* after an item or a property's value */
  PHASE_COMMA,  /* after ',' */
  PHASE_SPACE,  /* after the space after it */
  PHASE_KEY,    /* in a key: count is the property, value the offset */
  PHASE_COLON,  /* after ':' */
  PHASE_COLON_SPACE
};

static void
clear_property (gpointer data)
{
  g_free (((LlmProperty *) data)->key);
}

LlmGrammar *
llm_grammar_new (void)
{
  LlmGrammar *self = g_new0 (LlmGrammar, 1);

  self->nodes = g_array_new (FALSE, FALSE, sizeof (LlmNode));
  self->trie = g_array_new (FALSE, FALSE, sizeof (LlmTrieNode));
  self->properties = g_array_new (FALSE, FALSE, sizeof (LlmProperty));
  self->alternatives = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->properties, clear_property);
  return self;
}

void
llm_grammar_free (LlmGrammar *self)
{
  g_array_unref (self->nodes);
  g_array_unref (self->trie);
  g_array_unref (self->properties);
  g_array_unref (self->alternatives);
  g_free (self);
}

static const LlmNode *
node_at (const LlmGrammar *self, int index)
{
  return &g_array_index (self->nodes, LlmNode, index);
}

static LlmTrieNode *
trie_at (const LlmGrammar *self, int index)
{
  return &g_array_index (self->trie, LlmTrieNode, index);
}

static const LlmProperty *
property_at (const LlmGrammar *self, const LlmNode *node, uint32_t index)
{
  return &g_array_index (self->properties, LlmProperty, (guint) node->first + index);
}

int
llm_grammar_add_node (LlmGrammar *self, const LlmNode *node)
{
  g_array_append_vals (self->nodes, node, 1);
  return (int) self->nodes->len - 1;
}

static int
find_child (const LlmGrammar *self, int at, char byte)
{
  int child = trie_at (self, at)->child;

  while (child >= 0 && trie_at (self, child)->byte != byte)
    child = trie_at (self, child)->sibling;
  return child;
}

static int
add_trie_node (LlmGrammar *self, int parent, char byte)
{
  LlmTrieNode node = { byte, FALSE, -1, -1 };
  int index = (int) self->trie->len;

  if (parent >= 0) {
    node.sibling = trie_at (self, parent)->child;
    trie_at (self, parent)->child = index;
  }
  g_array_append_val (self->trie, node);
  return index;
}

int
llm_grammar_add_words (LlmGrammar *self, const char *const *words)
{
  LlmNode node = { .kind = LLM_NODE_WORDS, .first = add_trie_node (self, -1, 0) };

  for (; *words != NULL; words++) {
    int at = node.first;

    for (const char *c = *words; *c != '\0'; c++) {
      int child = find_child (self, at, *c);

      at = child >= 0 ? child : add_trie_node (self, at, *c);
    }
    trie_at (self, at)->ends = TRUE;
  }
  return llm_grammar_add_node (self, &node);
}

/* Frames that an open node and the nodes in it need; alternatives take none themselves. */
static int
depth_of (const LlmGrammar *self, int index, int so_far)
{
  const LlmNode *node = node_at (self, index);
  int depth = 0;

  if (so_far > LLM_GRAMMAR_MAX_DEPTH)
    return so_far;
  switch (node->kind) {
  case LLM_NODE_ARRAY:
    return depth_of (self, node->first, so_far + 1);
  case LLM_NODE_OBJECT:
    for (int i = 0; i < node->n; i++)
      depth =
          MAX (depth, depth_of (self, property_at (self, node, (uint32_t) i)->value, so_far + 1));
    return MAX (depth, so_far + 1);
  case LLM_NODE_ANY_OF:
    for (int i = 0; i < node->n; i++)
      depth = MAX (
          depth, depth_of (self, g_array_index (self->alternatives, int, node->first + i), so_far));
    return depth;
  case LLM_NODE_WORDS:
  case LLM_NODE_STRING:
  case LLM_NODE_NUMBER:
  default:
    return so_far + 1;
  }
}

gboolean
llm_grammar_finish (LlmGrammar *self, int root)
{
  self->root = root;
  self->depth = depth_of (self, root, 0);
  return self->depth <= LLM_GRAMMAR_MAX_DEPTH && self->nodes->len <= G_MAXUINT16;
}

static void
need (gboolean *needed, const char *bytes)
{
  for (; *bytes != '\0'; bytes++)
    needed[(uint8_t) *bytes] = TRUE;
}

void
llm_grammar_needed_bytes (const LlmGrammar *self, gboolean *needed)
{
  for (guint i = 0; i < self->trie->len; i++)
    if (trie_at (self, (int) i)->byte != 0)
      needed[(uint8_t) trie_at (self, (int) i)->byte] = TRUE;
  for (guint i = 0; i < self->properties->len; i++)
    need (needed, g_array_index (self->properties, LlmProperty, i).key);
  for (guint i = 0; i < self->nodes->len; i++)
    switch (node_at (self, (int) i)->kind) {
    case LLM_NODE_STRING:
      for (int byte = 0x20; byte < 0xC0; byte++)
        needed[byte] = needed[byte] || byte != 0x7F;
      break;
    case LLM_NODE_NUMBER:
      need (needed, "-.0123456789");
      break;
    case LLM_NODE_ARRAY:
      need (needed, "[,]");
      break;
    case LLM_NODE_OBJECT:
      need (needed, "{,}");
      break;
    case LLM_NODE_WORDS:
    case LLM_NODE_ANY_OF:
    default:
      break;
    }
}

static size_t
place_bytes (const LlmGrammar *self)
{
  return sizeof (LlmPlace) + (size_t) self->depth * sizeof (LlmFrame);
}

size_t
llm_grammar_set_bytes (const LlmGrammar *self)
{
  return sizeof (LlmStateSet) + LLM_GRAMMAR_MAX_PLACES * place_bytes (self);
}

static const LlmPlace *
place_at (const LlmGrammar *self, const LlmStateSet *set, int index)
{
  return (const LlmPlace *) (const void *) (set->places + (size_t) index * place_bytes (self));
}

static size_t
used_bytes (const LlmPlace *place)
{
  return sizeof *place + (size_t) place->depth * sizeof (LlmFrame);
}

static void
add_place (const LlmGrammar *self, LlmStateSet *set, const LlmPlace *place)
{
  for (int i = 0; i < set->n; i++)
    if (place_at (self, set, i)->depth == place->depth
        && memcmp (place_at (self, set, i), place, used_bytes (place)) == 0)
      return;
  if (set->n < LLM_GRAMMAR_MAX_PLACES)
    memcpy (set->places + (size_t) set->n++ * place_bytes (self), place, used_bytes (place));
}

/* A place on the stack of the program, with room for one more frame than any grammar has. */
typedef union {
  LlmPlace place;
  char bytes[sizeof (LlmPlace) + (LLM_GRAMMAR_MAX_DEPTH + 1) * sizeof (LlmFrame)];
} Copy;

static void feed (const LlmGrammar *self, const LlmPlace *place, char byte, LlmStateSet *next);

static void
copy_place (Copy *copy, const LlmPlace *place)
{
  memcpy (copy, place, used_bytes (place));
}

static LlmFrame *
top_of (Copy *copy)
{
  return &copy->place.frames[copy->place.depth - 1];
}

static void
push_node (const LlmGrammar *self, Copy *copy, int index)
{
  const LlmNode *node = node_at (self, index);

  copy->place.frames[copy->place.depth++] =
      (LlmFrame){ .node = (uint16_t) index,
                  .value = node->kind == LLM_NODE_WORDS ? node->first : 0 };
}

/* Opens a node, or each of its alternatives, on top of place, and feeds it the byte. */
static void
open_and_feed (const LlmGrammar *self, const LlmPlace *place, int index, char byte,
               LlmStateSet *next)
{
  const LlmNode *node = node_at (self, index);
  Copy copy;

  if (node->kind == LLM_NODE_ANY_OF) {
    for (int i = 0; i < node->n; i++)
      open_and_feed (self, place, g_array_index (self->alternatives, int, node->first + i), byte,
                     next);
    return;
  }
  copy_place (&copy, place);
  push_node (self, &copy, index);
  feed (self, &copy.place, byte, next);
}

static void
feed_parent (const LlmGrammar *self, const LlmPlace *place, char byte, LlmStateSet *next)
{
  Copy copy;

  copy_place (&copy, place);
  copy.place.depth--;
  feed (self, &copy.place, byte, next);
}

static void
feed_words (const LlmGrammar *self, Copy *copy, char byte, LlmStateSet *next)
{
  LlmFrame *frame = top_of (copy);
  int child = find_child (self, (int) frame->value, byte);

  if (trie_at (self, (int) frame->value)->ends)
    feed_parent (self, &copy->place, byte, next);
  if (child < 0)
    return;
  frame->value = child;
  if (trie_at (self, child)->child < 0)
    copy->place.depth--;
  add_place (self, next, &copy->place);
}

static void
feed_scalar (const LlmGrammar *self, const LlmNode *node, Copy *copy, char byte, LlmStateSet *next)
{
  LlmFrame *frame = top_of (copy);
  LlmStep step;

  if (node->kind == LLM_NODE_NUMBER) {
    if (llm_number_may_end (node, frame))
      feed_parent (self, &copy->place, byte, next);
    step = llm_number_step (node, frame, (uint8_t) byte);
  } else {
    step = llm_string_step (node, frame, (uint8_t) byte);
  }
  if (step == LLM_STEP_DEAD)
    return;
  if (step == LLM_STEP_DONE)
    copy->place.depth--;
  add_place (self, next, &copy->place);
}

static void
feed_item (const LlmGrammar *self, const LlmNode *node, Copy *copy, char byte, LlmStateSet *next)
{
  top_of (copy)->phase = PHASE_VALUE;
  top_of (copy)->count++;
  open_and_feed (self, &copy->place, node->first, byte, next);
}

static void
feed_array (const LlmGrammar *self, const LlmNode *node, Copy *copy, char byte, LlmStateSet *next)
{
  LlmFrame *frame = top_of (copy);
  gboolean more = frame->count < node->most, enough = frame->count >= node->least;

  if (frame->phase == PHASE_START && byte == '[') {
    frame->phase = PHASE_OPENED;
  } else if ((frame->phase == PHASE_OPENED || frame->phase == PHASE_VALUE) && byte == ']') {
    if (!enough)
      return;
    copy->place.depth--;
  } else if (frame->phase == PHASE_VALUE && byte == ',' && more) {
    frame->phase = PHASE_COMMA;
  } else if (frame->phase == PHASE_COMMA && byte == ' ') {
    frame->phase = PHASE_SPACE;
  } else {
    if (frame->phase == PHASE_COMMA || frame->phase == PHASE_SPACE
        || (frame->phase == PHASE_OPENED && more))
      feed_item (self, node, copy, byte, next);
    return;
  }
  add_place (self, next, &copy->place);
}

/* '"': a key begins, that of any property up to the next required one. */
static void
begin_key (const LlmGrammar *self, const LlmNode *node, Copy *copy, LlmStateSet *next)
{
  LlmFrame *frame = top_of (copy);

  for (uint32_t i = frame->count; i < (uint32_t) node->n; i++) {
    frame->phase = PHASE_KEY;
    frame->count = i;
    frame->value = 1;
    add_place (self, next, &copy->place);
    if (property_at (self, node, i)->required)
      break;
  }
}

static void
feed_key (const LlmGrammar *self, const LlmNode *node, Copy *copy, char byte, LlmStateSet *next)
{
  LlmFrame *frame = top_of (copy);
  const LlmProperty *property = property_at (self, node, frame->count);

  if (property->key[frame->value] != byte)
    return;
  if ((size_t) ++frame->value == property->length) {
    frame->phase = PHASE_COLON;
    frame->value = 0;
  }
  add_place (self, next, &copy->place);
}

static gboolean
may_close (const LlmGrammar *self, const LlmNode *node, uint32_t from)
{
  for (uint32_t i = from; i < (uint32_t) node->n; i++)
    if (property_at (self, node, i)->required)
      return FALSE;
  return TRUE;
}

static void
feed_object (const LlmGrammar *self, const LlmNode *node, Copy *copy, char byte, LlmStateSet *next)
{
  LlmFrame *frame = top_of (copy);
  int phase = frame->phase;

  if (phase == PHASE_KEY) {
    feed_key (self, node, copy, byte, next);
    return;
  }
  if (byte == '"' && (phase == PHASE_OPENED || phase == PHASE_COMMA || phase == PHASE_SPACE)) {
    begin_key (self, node, copy, next);
    return;
  }
  if ((phase == PHASE_COLON && byte != ' ') || phase == PHASE_COLON_SPACE) {
    int value = property_at (self, node, frame->count)->value;

    frame->phase = PHASE_VALUE;
    frame->count++;
    open_and_feed (self, &copy->place, value, byte, next);
    return;
  }
  if (phase == PHASE_START && byte == '{')
    frame->phase = PHASE_OPENED;
  else if (phase == PHASE_COLON)
    frame->phase = PHASE_COLON_SPACE;
  else if (phase == PHASE_VALUE && byte == ',' && frame->count < (uint32_t) node->n)
    frame->phase = PHASE_COMMA;
  else if (phase == PHASE_COMMA && byte == ' ')
    frame->phase = PHASE_SPACE;
  else if ((phase == PHASE_OPENED || phase == PHASE_VALUE) && byte == '}'
           && may_close (self, node, frame->count))
    copy->place.depth--;
  else
    return;
  add_place (self, next, &copy->place);
}

static void
feed (const LlmGrammar *self, const LlmPlace *place, char byte, LlmStateSet *next)
{
  const LlmNode *node;
  Copy copy;

  if (place->depth == 0)
    return;
  copy_place (&copy, place);
  node = node_at (self, top_of (&copy)->node);
  switch (node->kind) {
  case LLM_NODE_WORDS:
    feed_words (self, &copy, byte, next);
    break;
  case LLM_NODE_STRING:
  case LLM_NODE_NUMBER:
    feed_scalar (self, node, &copy, byte, next);
    break;
  case LLM_NODE_ARRAY:
    feed_array (self, node, &copy, byte, next);
    break;
  case LLM_NODE_OBJECT:
    feed_object (self, node, &copy, byte, next);
    break;
  case LLM_NODE_ANY_OF:
  default:
    g_assert_not_reached ();
  }
}

static void
open_root (const LlmGrammar *self, int index, LlmStateSet *set)
{
  const LlmNode *node = node_at (self, index);
  Copy copy = { .place = { 0 } };

  if (node->kind == LLM_NODE_ANY_OF) {
    for (int i = 0; i < node->n; i++)
      open_root (self, g_array_index (self->alternatives, int, node->first + i), set);
    return;
  }
  push_node (self, &copy, index);
  add_place (self, set, &copy.place);
}

void
llm_grammar_begin (const LlmGrammar *self, LlmStateSet *set)
{
  *set = (LlmStateSet){ 0 };
  open_root (self, self->root, set);
}

void
llm_grammar_step (const LlmGrammar *self, const LlmStateSet *set, char byte, LlmStateSet *next)
{
  next->n = 0;
  for (int i = 0; i < set->n; i++)
    feed (self, place_at (self, set, i), byte, next);
}

gboolean
llm_grammar_may_end (const LlmGrammar *self, const LlmStateSet *set)
{
  for (int i = 0; i < set->n; i++) {
    const LlmPlace *place = place_at (self, set, i);
    const LlmFrame *frame = &place->frames[0];

    if (place->depth == 0)
      return TRUE;
    if (place->depth == 1
        && ((node_at (self, frame->node)->kind == LLM_NODE_WORDS
             && trie_at (self, (int) frame->value)->ends)
            || (node_at (self, frame->node)->kind == LLM_NODE_NUMBER
                && llm_number_may_end (node_at (self, frame->node), frame))))
      return TRUE;
  }
  return FALSE;
}

gboolean
llm_grammar_is_complete (const LlmGrammar *self, const LlmStateSet *set)
{
  for (int i = 0; i < set->n; i++)
    if (place_at (self, set, i)->depth > 0)
      return FALSE;
  return TRUE;
}

int
llm_grammar_split_strings (const LlmGrammar *self, const LlmStateSet *set, LlmStateSet *strings,
                           LlmStateSet *others)
{
  int room = -1;

  strings->n = others->n = 0;
  for (int i = 0; i < set->n; i++) {
    const LlmPlace *place = place_at (self, set, i);
    const LlmFrame *frame = &place->frames[MAX (place->depth, 1) - 1];
    const LlmNode *node = node_at (self, frame->node);

    if (place->depth > 0 && node->kind == LLM_NODE_STRING && frame->phase == LLM_STRING_CONTENT) {
      add_place (self, strings, place);
      room = MAX (room, (int) (node->most - frame->count));
    } else {
      add_place (self, others, place);
    }
  }
  return room;
}
