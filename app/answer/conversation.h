/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A conversation as plain data: turns of text, some with recordings, and the prompt they become.
 *
 * Recordings belong to the user's turn that brought them and stand before its words. The lines of
 * all recordings are numbered through, so a number names one line of the whole conversation; their
 * speakers are lettered through (voices.h). Facts about the voices follow the lines (facts.h). A
 * turn that is added later never changes the positions before it: the session's cache stays useful.
 *
 * How and by whom a line is said is read by its verbal form. If the recordings are too long for the
 * room there is, it is read by copied rows; if they still are, the lines that share rare words with
 * the latest question are kept, in their order (passages.h). One thread at a time.
 *
 *   g_autoptr (AppConversation) talk = app_conversation_new (NULL);
 *   app_conversation_add_user (talk, hearings, n_hearings, "What does she want?");
 *   prompt = app_conversation_build_prompt (talk, family, n_embd, vocab, n_positions, &error);
 */

#pragma once

#include "app/answer/passages.h"
#include "app/base/app-error.h"
#include "app/engine/audio-vocab.h"
#include "app/hearing/hearing.h"
#include "llm/session/prompt.h"
#include "llm/text/chat-template.h"

G_BEGIN_DECLS

typedef struct _AppConversation AppConversation;

/* What the default instructions tell the model to say where the recordings do not tell. */
#define APP_CONVERSATION_NOT_TOLD "the recording does not say"

/* Recordings are given whole if the prompt then has at most so many positions; else the lines that
 * matter are chosen, for so many positions: what is computed before the first word of an answer
 * should not take much longer than ten seconds. */
#define APP_CONVERSATION_WHOLE_POSITIONS 4096
#define APP_CONVERSATION_SELECTED_POSITIONS 1800

/* system: NULL for the default instructions. */
AppConversation *app_conversation_new (const char *system);
void app_conversation_free (AppConversation *conversation);
/* hearings: n_hearings of them, referenced; may be none. */
void app_conversation_add_user (AppConversation *conversation, AppHearing *const *hearings,
                                guint n_hearings, const char *text);
void app_conversation_add_assistant (AppConversation *conversation, const char *text);
/* Takes the last turn back: an answer that was not kept, a question behind the scenes. */
void app_conversation_drop_last (AppConversation *conversation);
guint app_conversation_get_n_turns (const AppConversation *conversation);
/* The model that will answer, referenced: lines of long recordings are then chosen by meaning also.
 */
void app_conversation_set_model (AppConversation *conversation, LlmModel *model);
/* Whether the latest prompt has only some lines of a recording, or of any. */
gboolean app_conversation_is_cut (const AppConversation *conversation, const AppHearing *hearing);
gboolean app_conversation_has_cut (const AppConversation *conversation);
/* digest: what stands in the prompt for all lines of a recording, lines of text that each end in a
 * newline, until digests are dropped. */
void app_conversation_set_digest (AppConversation *conversation, AppHearing *hearing,
                                  const char *digest);
void app_conversation_drop_digests (AppConversation *conversation);
/* The index of a recording of the conversation, made when it is first asked for. (transfer none) */
AppPassages *app_conversation_get_passages (const AppConversation *conversation,
                                            AppHearing *hearing);
/* The text of the user's latest turn; "" if there is none. */
const char *app_conversation_get_question (const AppConversation *conversation);
/* What stands behind the words of the latest question, for the model only; NULL for nothing. */
void app_conversation_set_note (AppConversation *conversation, const char *note);
/* Whether the answer is opened with a thought (llm/text/chat-template.h); at first it is not. */
void app_conversation_set_thinking (AppConversation *conversation, gboolean is_thinking);
/* Other words for it, behind the same recordings. */
void app_conversation_reword (AppConversation *conversation, const char *text);
/* What prompts have of the recordings, and what the model is told to do with it where no other
 * instructions were given; unless it is called, and with NULL, the default ones: with these and
 * APP_DETAIL_MANNER the facts follow the lines. aspects: of AppAspect (manner.h), that lines tell;
 * 0: all. instructions: static. */
void app_conversation_set_view (AppConversation *conversation, AppDetail detail, guint aspects,
                                const char *instructions);
/* For comparisons: how the blocks of app_audio_vocab_set_reading() are read where there is room,
 * and whether the facts are told. Unless it is called: LLM_READ_VERBAL, with facts. */
void app_conversation_set_reading (AppConversation *conversation, LlmVocabReading reading,
                                   gboolean with_facts);
/* (transfer container): the AppHearing of all turns, in order. */
GPtrArray *app_conversation_get_hearings (const AppConversation *conversation);
/* Forgets the oldest question and answer, but no recording. FALSE if there is none to forget. */
gboolean app_conversation_forget_oldest (AppConversation *conversation);

/* Lines of all recordings together; line `number` (from 1) and the recording it is in (may be
 * NULL). */
guint app_conversation_get_n_lines (const AppConversation *conversation);
const AppHearingSegment *app_conversation_get_line (const AppConversation *conversation,
                                                    guint number, AppHearing **hearing);

/* (transfer full): the whole conversation and what opens the answer, in at most n_positions
 * positions, for a model of this family and width. APP_ERROR_ARGUMENT if it cannot fit even without
 * recordings. */
LlmPrompt *app_conversation_build_prompt (const AppConversation *conversation, LlmChatFamily family,
                                          int n_embd, LlmVocab *vocab, int n_positions,
                                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppConversation, app_conversation_free)

G_END_DECLS
