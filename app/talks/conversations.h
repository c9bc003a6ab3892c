/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The conversations of a window, in SQLite: what was said is there before it is shown.
 *
 * A conversation (AppTalk) is a tree of messages: each has a parent, an answer that is written
 * again or a question that is edited stands beside the one before, and the conversation's leaf says
 * which branch is shown. Messages may have recordings (a file, its content's sha256, the Hearing as
 * JSON). An answer that streams is added empty, grows by app_conversations_append(), and is
 * finished; if the program dies meanwhile, it is there at the next start as far as it came, marked
 * interrupted.
 *
 * Each function is one transaction and leaves the file right whenever the process is killed. The
 * file is hearsay/conversations.db under the user's data folder, private (database.h). One that is
 * damaged or of a later version is put aside under another name, one that is locked is left to its
 * holder, and a new one is begun; app_conversations_get_notice() then says so.
 *
 * One thread at a time: it may be opened in one and then used in another; another thread may read,
 * and import, by a connection of its own, app_conversations_open_again(). Nothing here takes longer
 * than milliseconds but opening, search, export and import, and for a conversation of thousands of
 * messages what reads all of it.
 *
 *   g_autoptr (AppConversations) store = app_conversations_new (NULL, &error);
 *   gint64 talk = app_conversations_create (store, NULL, &error);
 *   gint64 question = app_conversations_add (store, talk, 0, APP_ROLE_USER, "Who speaks?", &error);
 *   gint64 answer = app_conversations_begin_answer (store, talk, question, &error);
 *   app_conversations_append (store, answer, "Two", &error);
 *   app_conversations_finish (store, answer, &(AppAnswerParts){ .text = "Two people." }, &error);
 */

#pragma once

#include <json-glib/json-glib.h>

#include "app/base/app-error.h"

G_BEGIN_DECLS

typedef struct _AppConversations AppConversations;

/* How a conversation is answered. Zero or NULL: the default. */
typedef struct {
  char *system; /* instructions */
  char *preset; /* the name of the preset that it comes from */
  char *model;  /* an id of the model store */
  double temperature;
  double top_p;
  double min_p;
  double repeat_penalty;
  int top_k;
  int max_tokens;
  int thinking; /* tokens */
  gint64 seed;
} AppTalkSettings;

typedef struct {
  gint64 id;
  char *title;  /* the beginning of the first question, unless it was renamed; "" before that */
  char *folder; /* NULL: in none */
  gboolean is_pinned;
  gint64 created_us; /* microseconds since 1970, UTC */
  gint64 changed_us; /* the latest message */
  guint n_messages;
  gint64 leaf; /* the message that ends the branch that is shown; 0: there is none */
  AppTalkSettings settings;
} AppTalk;

typedef enum { APP_ROLE_USER, APP_ROLE_ASSISTANT } AppRole;

typedef enum {
  APP_MESSAGE_STREAMING,
  APP_MESSAGE_COMPLETE,
  APP_MESSAGE_INTERRUPTED, /* by a stop, an error, or the end of the program */
} AppMessageState;

typedef struct {
  gint64 id;
  char *path;
  char *title;  /* the file's name */
  char *sha256; /* of its content; NULL: not known */
  double seconds;
  gboolean has_hearing; /* app_conversations_get_hearing() */
} AppRecording;

typedef struct {
  gint64 id;
  gint64 talk;
  gint64 parent; /* 0: it begins the conversation */
  AppRole role;
  AppMessageState state;
  char *text;
  gint64 created_us;
  GPtrArray *recordings; /* of AppRecording; empty: none */
  char *evidence;        /* JSON, "evidence" of docs/engine.md; NULL: none */
  char *details;         /* JSON: "timing", "context", "model" of an answer; NULL: none */
  guint n_siblings;      /* messages with the same parent, itself included */
  guint sibling;         /* its place among them, from 0 */
} AppMessage;

void app_talk_settings_clear (AppTalkSettings *settings);
void app_talk_free (AppTalk *talk);
void app_message_free (AppMessage *message);

/* path: NULL for the user's own. APP_ERROR_DISK if not even a new file can be made. */
AppConversations *app_conversations_new (const char *path, GError **error);
/* (transfer full): the same file once more, for another thread. It takes no time: nothing
 * is read yet. APP_ERROR_DISK, also if it is in memory. */
AppConversations *app_conversations_open_again (AppConversations *store, GError **error);
void app_conversations_free (AppConversations *store);
/* (nullable): a line for people, if the file that was there could not be used: what was wrong, and
 * where it is. */
const char *app_conversations_get_notice (AppConversations *store);

/* The id, or 0 with an error. settings may be NULL. */
gint64 app_conversations_create (AppConversations *store, const AppTalkSettings *settings,
                                 GError **error);
/* (transfer full): AppTalk, the pinned ones first, then the latest changed. */
GPtrArray *app_conversations_list (AppConversations *store, GError **error);
/* (transfer full); APP_ERROR_ARGUMENT if there is none. */
AppTalk *app_conversations_get (AppConversations *store, gint64 talk, GError **error);
gboolean app_conversations_rename (AppConversations *store, gint64 talk, const char *title,
                                   GError **error);
gboolean app_conversations_pin (AppConversations *store, gint64 talk, gboolean is_pinned,
                                GError **error);
/* folder NULL: out of any. A folder is there as long as something is in it. */
gboolean app_conversations_move (AppConversations *store, gint64 talk, const char *folder,
                                 GError **error);
gboolean app_conversations_set_settings (AppConversations *store, gint64 talk,
                                         const AppTalkSettings *settings, GError **error);
/* (transfer full): the names of folders, in order. */
GStrv app_conversations_list_folders (AppConversations *store, GError **error);
/* All that is in a folder goes to another one; `to` NULL: out of any. moved may be NULL; else
 * (transfer full): the ids (gint64) of what did. */
gboolean app_conversations_move_folder (AppConversations *store, const char *from, const char *to,
                                        GArray **moved, GError **error);

/* Out of sight, until it is restored or purged. */
gboolean app_conversations_delete (AppConversations *store, gint64 talk, GError **error);
gboolean app_conversations_restore (AppConversations *store, gint64 talk, GError **error);
/* Deletes for good what was deleted at least so many seconds ago. orphans may be NULL; else
 * (transfer full): paths of recordings that nothing refers to any more. */
gboolean app_conversations_purge (AppConversations *store, double seconds, GStrv *orphans,
                                  GError **error);

/* Adds a message behind parent (0: as a beginning), which then ends the branch that is shown. A
 * second message behind the same parent is another branch. The id, or 0. */
gint64 app_conversations_add (AppConversations *store, gint64 talk, gint64 parent, AppRole role,
                              const char *text, GError **error);
/* The id of the recording, or 0. sha256 and hearing (a JSON object) may be NULL. */
gint64 app_conversations_add_recording (AppConversations *store, gint64 message, const char *path,
                                        const char *sha256, double seconds, JsonNode *hearing,
                                        GError **error);
/* The recordings of a message become another one's, too. */
gboolean app_conversations_copy_recordings (AppConversations *store, gint64 from, gint64 to,
                                            GError **error);
/* (transfer full) (nullable): NULL without an error if nothing was kept. */
JsonNode *app_conversations_get_hearing (AppConversations *store, gint64 recording, GError **error);
/* What was heard, when it is known or corrected, as JSON; it is found by search from then on. */
gboolean app_conversations_set_hearing_text (AppConversations *store, gint64 recording,
                                             const char *sha256, double seconds,
                                             const char *hearing, GError **error);
/* (transfer full) (nullable): the same as text, for a thread that reads it (json-text.h): an hour
 * of speech takes longer to read than a frame of the window. */
char *app_conversations_get_hearing_text (AppConversations *store, gint64 recording,
                                          GError **error);

/* An answer, streaming, with no text yet. */
gint64 app_conversations_begin_answer (AppConversations *store, gint64 talk, gint64 parent,
                                       GError **error);
gboolean app_conversations_append (AppConversations *store, gint64 message, const char *text,
                                   GError **error);
/* What came is void: the answer begins anew. */
gboolean app_conversations_begin_anew (AppConversations *store, gint64 message, GError **error);

typedef struct {
  const char *text;         /* NULL: what was appended */
  JsonNode *evidence;       /* an array; or NULL */
  JsonNode *details;        /* an object; or NULL */
  gboolean was_interrupted; /* stopped, or failed */
} AppAnswerParts;

gboolean app_conversations_finish (AppConversations *store, gint64 message,
                                   const AppAnswerParts *parts, GError **error);

/* (transfer full): AppMessage, the branch that is shown, from its beginning. */
GPtrArray *app_conversations_load (AppConversations *store, gint64 talk, GError **error);
/* (transfer full): of it only the last messages: at least n_last of them, and all from message
 * `through` on (0: none is wanted). If there are more, the first one has a parent. */
GPtrArray *app_conversations_load_end (AppConversations *store, gint64 talk, guint n_last,
                                       gint64 through, GError **error);
/* (transfer full): any message; APP_ERROR_ARGUMENT if there is none. */
AppMessage *app_conversations_get_message (AppConversations *store, gint64 message, GError **error);
/* (transfer full): ids (gint64) of the recordings of the branch that is shown, in the order of
 * app_conversations_build_request(). */
GArray *app_conversations_list_recordings (AppConversations *store, gint64 talk, GError **error);
/* The message that a recording belongs to, or 0; APP_ERROR_ARGUMENT if there is none. */
gint64 app_conversations_find_recording (AppConversations *store, gint64 recording, GError **error);
/* Shows the branch that goes through a message, and on to the latest behind it. */
gboolean app_conversations_choose (AppConversations *store, gint64 message, GError **error);
/* (transfer full): ids of the messages with the same parent, itself included, oldest first. */
GArray *app_conversations_list_siblings (AppConversations *store, gint64 message, GError **error);

/* (transfer full): the request of the task "chat" (docs/engine.md), as JSON, for the branch up to
 * and with the user's message `upto`, with the settings of the conversation and what was heard in
 * its recordings; that is copied, not read, so that hours of it take milliseconds. For
 * app_remote_start_text(). */
char *app_conversations_build_request (AppConversations *store, gint64 upto, GError **error);

typedef struct {
  gint64 talk;
  gint64 message; /* 0: it is the title */
  char *title;
  char *text;        /* of the message around what was found, in one line */
  guint match_start; /* in bytes of text */
  guint match_length;
} AppFound;

void app_found_free (AppFound *found);
/* All words of the query stand in a title, or in a message or what was heard in its recordings;
 * letters' case does not matter. Chinese is found by any of its characters. (transfer full):
 * AppFound, the latest first, at most max. */
GPtrArray *app_conversations_search (AppConversations *store, const char *query, guint max,
                                     GError **error);

/* A named set of settings. */
gboolean app_conversations_set_preset (AppConversations *store, const char *name,
                                       const AppTalkSettings *settings, GError **error);
gboolean app_conversations_remove_preset (AppConversations *store, const char *name,
                                          GError **error);
GStrv app_conversations_list_presets (AppConversations *store,
                                      GError **error); /* (transfer full) */
/* FALSE, with an error: there is none. settings: to be cleared. */
gboolean app_conversations_get_preset (AppConversations *store, const char *name,
                                       AppTalkSettings *settings, GError **error);

/* (transfer full): all that there is of conversations (0: of all of them) but the audio itself and
 * the embeddings of voices; imported, it is exported the same. */
char *app_conversations_export_json (AppConversations *store, gint64 talk, GError **error);
/* (transfer full): the branch that is shown, to be read by people. */
char *app_conversations_export_markdown (AppConversations *store, gint64 talk, GError **error);
/* text: what either of them gave. All of it becomes new conversations, or none; another connection
 * may write meanwhile, so a thread may do it with one of its own. (transfer full): their ids
 * (gint64); APP_ERROR_FORMAT. */
GArray *app_conversations_import (AppConversations *store, const char *text, gssize length,
                                  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppConversations, app_conversations_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppTalk, app_talk_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppMessage, app_message_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppFound, app_found_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppTalkSettings, app_talk_settings_clear)

G_END_DECLS
