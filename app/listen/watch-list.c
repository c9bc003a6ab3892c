/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/watch-list.h"

#include <string.h>

typedef enum { SETTLING, READY, TAKEN, DONE, FAILED } Status;

typedef struct {
  char *name;
  guint64 size;
  gint64 modified_us;
  gint64 since_us; /* it is as it is now */
  Status status;
  gboolean is_new;     /* in content: results that are there are of an earlier one */
  gboolean is_changed; /* while it was taken */
  gboolean is_seen;    /* at the last look */
  gboolean was_before; /* done when it was seen first */
} Item;

struct _AppWatchList {
  char *ending;
  GHashTable *items;  /* name -> Item */
  GHashTable *stems;  /* "talk" -> how many recordings of the last look are called so */
  GHashTable *claims; /* of these, how many have no result of their whole name */
  guint n_done;
};

/* What libsndfile reads, and what people would wonder about: that it has to be converted first is
 * said of each. */
static const char *const endings[] = {
  "3gp", "aac", "aif", "aifc", "aiff", "amr",  "au",  "caf", "flac", "m4a",  "m4b",  "mka",
  "mp2", "mp3", "mp4", "oga",  "ogg",  "opus", "snd", "w64", "wav",  "wave", "webm", "wma"
};

static void
free_file (AppWatchFile *file)
{
  g_free (file->name);
  g_free (file);
}

AppWatchState *
app_watch_state_new (void)
{
  AppWatchState *state = g_new0 (AppWatchState, 1);

  state->recordings = g_ptr_array_new_with_free_func ((GDestroyNotify) free_file);
  state->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  state->folders = g_ptr_array_new_with_free_func (g_free);
  return state;
}

void
app_watch_state_free (AppWatchState *state)
{
  g_ptr_array_unref (state->recordings);
  g_hash_table_unref (state->results);
  g_ptr_array_unref (state->folders);
  g_free (state);
}

void
app_watch_state_add (AppWatchState *state, const char *name, guint64 size, gint64 modified_us,
                     gboolean is_open)
{
  AppWatchFile *file = g_new (AppWatchFile, 1);

  *file = (AppWatchFile){ g_strdup (name), size, modified_us, is_open };
  g_ptr_array_add (state->recordings, file);
}

void
app_watch_state_add_result (AppWatchState *state, const char *name, gint64 modified_us)
{
  g_hash_table_insert (state->results, g_strdup (name),
                       g_memdup2 (&modified_us, sizeof modified_us));
}

static void
free_item (Item *item)
{
  g_free (item->name);
  g_free (item);
}

AppWatchList *
app_watch_list_new (const char *ending)
{
  AppWatchList *list = g_new0 (AppWatchList, 1);

  list->ending = g_strdup (ending);
  list->items = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) free_item);
  list->stems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  list->claims = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return list;
}

void
app_watch_list_free (AppWatchList *list)
{
  g_free (list->ending);
  g_hash_table_unref (list->items);
  g_hash_table_unref (list->stems);
  g_hash_table_unref (list->claims);
  g_free (list);
}

/* The point of the ending; NULL if there is none. */
static const char *
find_point (const char *name)
{
  const char *slash = strrchr (name, '/');
  const char *base = slash != NULL ? slash + 1 : name;
  const char *point = strrchr (base, '.');

  return point != base ? point : NULL;
}

gboolean
app_watch_is_recording (const char *name)
{
  const char *slash = strrchr (name, '/');
  const char *point = find_point (name);

  if (point == NULL || (slash != NULL ? slash[1] : name[0]) == '.')
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_ascii_strcasecmp (point + 1, endings[i]) == 0)
      return TRUE;
  return FALSE;
}

char *
app_watch_name_result (const char *base, const char *ending, guint n)
{
  return n < 2 ? g_strdup_printf ("%s.%s", base, ending)
               : g_strdup_printf ("%s (%u).%s", base, n, ending);
}

/* (transfer full) */
static char *
get_stem (const char *name)
{
  const char *point = find_point (name);

  return point != NULL ? g_strndup (name, (gsize) (point - name)) : g_strdup (name);
}

static guint
get_count (GHashTable *counts, const char *stem)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (counts, stem));
}

char *
app_watch_list_choose_base (AppWatchList *list, const char *name)
{
  g_autofree char *stem = get_stem (name);

  return get_count (list->stems, stem) < 2 ? g_steal_pointer (&stem) : g_strdup (name);
}

/* Whether one of base.txt, base (2).txt, … was written after the recording. */
static gboolean
has_result_of (AppWatchList *list, const AppWatchState *state, const char *base, gint64 modified_us)
{
  const gint64 *written_us;

  for (guint n = 1;; n++) {
    g_autofree char *name = app_watch_name_result (base, list->ending, n);
    written_us = g_hash_table_lookup (state->results, name);
    if (written_us == NULL)
      return FALSE;
    if (*written_us >= modified_us)
      return TRUE;
  }
}

static void
count_stems (AppWatchList *list, const AppWatchState *state)
{
  g_hash_table_remove_all (list->stems);
  g_hash_table_remove_all (list->claims);
  for (guint i = 0; i < state->recordings->len; i++) {
    const AppWatchFile *file = state->recordings->pdata[i];
    char *stem = get_stem (file->name);
    gboolean has_own = has_result_of (list, state, file->name, file->modified_us);
    g_hash_table_insert (list->claims, g_strdup (stem),
                         GUINT_TO_POINTER (get_count (list->claims, stem) + !has_own));
    g_hash_table_insert (list->stems, stem, GUINT_TO_POINTER (get_count (list->stems, stem) + 1));
  }
}

/* It may have been the only one of its stem, or not, when it was written. A result that two
 * recordings could have is of neither. */
static gboolean
has_result (AppWatchList *list, const AppWatchState *state, const AppWatchFile *file)
{
  g_autofree char *stem = get_stem (file->name);

  return has_result_of (list, state, file->name, file->modified_us)
         || (get_count (list->claims, stem) < 2
             && has_result_of (list, state, stem, file->modified_us));
}

static Item *
add_item (AppWatchList *list, const AppWatchState *state, const AppWatchFile *file, gint64 now_us)
{
  Item *item = g_new0 (Item, 1);

  item->name = g_strdup (file->name);
  item->size = file->size;
  item->modified_us = file->modified_us;
  item->since_us = now_us;
  item->was_before = has_result (list, state, file);
  item->status = item->was_before ? DONE : SETTLING;
  g_hash_table_insert (list->items, item->name, item);
  return item;
}

static void
settle_anew (Item *item, gint64 now_us)
{
  item->status = SETTLING;
  item->since_us = now_us;
  item->is_changed = FALSE;
}

static void
note_change (Item *item, const AppWatchFile *file, gint64 now_us)
{
  item->size = file->size;
  item->modified_us = file->modified_us;
  if (item->status == TAKEN) {
    item->is_changed = TRUE;
    return;
  }
  item->is_new |= item->status == DONE || item->status == FAILED;
  item->was_before = FALSE;
  settle_anew (item, now_us);
}

static void
look_at (AppWatchList *list, const AppWatchState *state, const AppWatchFile *file, gint64 now_us)
{
  Item *item = g_hash_table_lookup (list->items, file->name);

  if (item == NULL)
    item = add_item (list, state, file, now_us);
  else if (item->size != file->size || item->modified_us != file->modified_us)
    note_change (item, file, now_us);
  item->is_seen = TRUE;
  if (item->status != SETTLING)
    return;
  /* Browsers make an empty file first, to have the name. */
  if (file->is_open || file->size == 0)
    item->since_us = MAX (item->since_us, now_us);
  else if (now_us - item->since_us >= APP_WATCH_SETTLE_US)
    item->status = !item->is_new && has_result (list, state, file) ? DONE : READY;
}

void
app_watch_list_look (AppWatchList *list, const AppWatchState *state, gint64 now_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((Item *) value)->is_seen = FALSE;
  count_stems (list, state);
  for (guint i = 0; i < state->recordings->len; i++)
    look_at (list, state, state->recordings->pdata[i], now_us);
  /* Those that have been listened to are remembered: a disk may come back. */
  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Item *item = value;
    if (!item->is_seen && (item->status == SETTLING || item->status == READY) && !item->is_new)
      g_hash_table_iter_remove (&iter);
  }
}

const char *
app_watch_list_take (AppWatchList *list)
{
  GHashTableIter iter;
  gpointer value;
  Item *first = NULL;

  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Item *item = value;
    if (item->status != READY || !item->is_seen)
      continue;
    if (first == NULL || item->modified_us < first->modified_us
        || (item->modified_us == first->modified_us && strcmp (item->name, first->name) < 0))
      first = item;
  }
  if (first == NULL)
    return NULL;
  first->status = TAKEN;
  return first->name;
}

void
app_watch_list_end (AppWatchList *list, const char *name, AppWatchEnd end, gint64 now_us)
{
  Item *item = g_hash_table_lookup (list->items, name);

  if (item == NULL || item->status != TAKEN)
    return;
  if (end == APP_WATCH_DONE)
    list->n_done++;
  if (item->is_changed) {
    item->is_new = TRUE;
    settle_anew (item, now_us);
  } else if (end == APP_WATCH_LATER) {
    settle_anew (item, now_us + APP_WATCH_RETRY_US - APP_WATCH_SETTLE_US);
  } else if (end == APP_WATCH_AGAIN) {
    item->status = READY;
  } else {
    item->status = end == APP_WATCH_FAILED ? FAILED : DONE;
    item->is_new = FALSE;
  }
}

gint64
app_watch_list_get_modified (AppWatchList *list, const char *name)
{
  const Item *item = g_hash_table_lookup (list->items, name);

  return item != NULL ? item->modified_us : 0;
}

gint64
app_watch_list_get_wait (AppWatchList *list, gint64 now_us)
{
  GHashTableIter iter;
  gpointer value;
  gint64 wait_us = -1;

  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Item *item = value;
    gint64 left_us = MAX (item->since_us + APP_WATCH_SETTLE_US - now_us, 0);
    if (item->status == SETTLING && item->is_seen && item->size > 0
        && (wait_us < 0 || left_us < wait_us))
      wait_us = left_us;
  }
  return wait_us;
}

GStrv
app_watch_list_get_settling (AppWatchList *list)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Item *) value)->status == SETTLING)
      g_strv_builder_add (names, ((Item *) value)->name);
  return g_strv_builder_end (names);
}

void
app_watch_list_count (AppWatchList *list, AppWatchCounts *counts)
{
  GHashTableIter iter;
  gpointer value;

  *counts = (AppWatchCounts){ .n_done = list->n_done };
  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Item *item = value;
    counts->n_before += item->was_before;
    counts->n_failed += item->status == FAILED;
    counts->n_waiting += item->is_seen && item->status <= TAKEN && item->size > 0;
  }
}
