/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What there is to do in a folder whose recordings are listened to by themselves.
 *
 * It is told what the folder looks like, again and again, and at what time; of that it keeps for
 * each recording how far it is:
 *
 *   settling -> ready -> taken -> done, or failed
 *
 * A recording is ready when its size and time have been the same for APP_WATCH_SETTLE_US and nobody
 * has it open for writing. One that has a result which is not older is done from the beginning. One
 * that is done or failed is so until it changes, whatever becomes of the result. Neither files nor
 * clocks are touched here; one thread.
 *
 *   app_watch_list_look (list, state, g_get_monotonic_time ());
 *   while ((name = app_watch_list_take (list)) != NULL)
 *     app_watch_list_end (list, name, listen_to (name) ? APP_WATCH_DONE : APP_WATCH_FAILED, now);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define APP_WATCH_SETTLE_US ((gint64) 2 * G_USEC_PER_SEC)
/* When something is tried again that is no fault of the recording. */
#define APP_WATCH_RETRY_US ((gint64) 30 * G_USEC_PER_SEC)

typedef struct {
  char *name; /* below the folder, in the encoding of file names: "monday/talk.wav" */
  guint64 size;
  gint64 modified_us; /* since 1970 */
  gboolean is_open;   /* for writing, by whomever */
} AppWatchFile;

/* A folder at a moment. */
typedef struct {
  GPtrArray *recordings; /* of AppWatchFile */
  GHashTable *results;   /* names below their folder -> gint64 *: when modified, as above */
  GPtrArray *folders;    /* of char *: the paths of those that were looked into */
} AppWatchState;

AppWatchState *app_watch_state_new (void); /* (transfer full): empty */
void app_watch_state_free (AppWatchState *state);
void app_watch_state_add (AppWatchState *state, const char *name, guint64 size, gint64 modified_us,
                          gboolean is_open);
void app_watch_state_add_result (AppWatchState *state, const char *name, gint64 modified_us);

typedef struct _AppWatchList AppWatchList;

typedef enum {
  APP_WATCH_DONE,
  APP_WATCH_SKIPPED, /* nobody wants it: not before it changes */
  APP_WATCH_FAILED,  /* it is at fault: not before it changes */
  APP_WATCH_LATER,   /* something else is: after APP_WATCH_RETRY_US */
  APP_WATCH_AGAIN    /* at once */
} AppWatchEnd;

typedef struct {
  guint n_before;  /* that had their results already */
  guint n_done;    /* since then; one that changed and was done again counts twice */
  guint n_failed;  /* and have not changed since */
  guint n_waiting; /* settling, ready or taken */
} AppWatchCounts;

AppWatchList *app_watch_list_new (const char *ending); /* of results: "txt" */
void app_watch_list_free (AppWatchList *list);
void app_watch_list_look (AppWatchList *list, const AppWatchState *state, gint64 now_us);
/* (transfer none) (nullable): of those that are ready the one that was modified first; it is the
 * caller's until app_watch_list_end(). */
const char *app_watch_list_take (AppWatchList *list);
/* A name that is not taken is ignored. */
void app_watch_list_end (AppWatchList *list, const char *name, AppWatchEnd end, gint64 now_us);
/* How long it is until another look can make something ready although nothing is heard of the
 * folder; -1: for ever. */
gint64 app_watch_list_get_wait (AppWatchList *list, gint64 now_us);
/* (transfer full): those of which it has to be known whether they are open. */
GStrv app_watch_list_get_settling (AppWatchList *list);
/* (transfer full): what the result's name begins with: "talk", or "talk.wav" where there is a
 * talk.mp3, too. */
char *app_watch_list_choose_base (AppWatchList *list, const char *name);
gint64 app_watch_list_get_modified (AppWatchList *list, const char *name); /* at the last look */
void app_watch_list_count (AppWatchList *list, AppWatchCounts *counts);

/* (transfer full): the nth name of a result, from 1: "talk.txt", "talk (2).txt". */
char *app_watch_name_result (const char *base, const char *ending, guint n);
/* By its ending, and not hidden: "talk.wav", but neither "talk.wav.part" nor ".talk.wav". */
gboolean app_watch_is_recording (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppWatchState, app_watch_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppWatchList, app_watch_list_free)

G_END_DECLS
