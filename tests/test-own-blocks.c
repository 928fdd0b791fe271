/* test-own-blocks.c: the blocks that a person keeps are files, whole or not there, and harm nothing when broken.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "wb-blocks.h"

#define PATIENCE (20 * G_USEC_PER_SEC)
#define TEXT                                                                                                           \
  "{\"lathe-network\":1,\"nodes\":[{\"name\":\"in\",\"kind\":\"input\",\"inputs\":[]},"                                \
  "{\"name\":\"a\",\"kind\":\"relu\",\"inputs\":[\"in\"]},{\"name\":\"s\",\"kind\":\"add\",\"inputs\":[\"a\",\"in\"]}" \
  "]}"

static char *
path_of (const char *file)
{
  return g_build_filename (g_get_user_data_dir (), "lathe", "blocks", file, NULL);
}

static void
write_file (const char *file, const char *text)
{
  g_autofree char *path = path_of (file);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static gboolean
is_file (const char *file)
{
  g_autofree char *path = path_of (file);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Lets the main loop run until a block of this name is there, or is not. */
static const WbBlock *
wait_for (const char *name, gboolean there)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while ((wb_blocks_find (wb_blocks_get_default (), name) != NULL) != there)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  return wb_blocks_find (wb_blocks_get_default (), name);
}

typedef struct
{
  gboolean done;
  char *error;
} Outcome;

static void
on_done (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  Outcome *outcome = data;

  outcome->done = TRUE;
  outcome->error = g_strdup (error != NULL ? error->message : NULL);
}

/* (transfer full) (nullable): why not */
static char *
finish (Outcome *outcome)
{
  while (!outcome->done)
    g_main_context_iteration (NULL, TRUE);
  return outcome->error;
}

static char *
save (const char *name)
{
  Outcome outcome = {0};

  wb_blocks_save (wb_blocks_get_default (), name, TEXT, NULL, on_done, &outcome);
  return finish (&outcome);
}

static char *
remove_block (const char *name)
{
  Outcome outcome = {0};

  wb_blocks_remove (wb_blocks_get_default (), name, NULL, on_done, &outcome);
  return finish (&outcome);
}

static char *
put_back (const char *name)
{
  Outcome outcome = {0};

  wb_blocks_put_back (wb_blocks_get_default (), name, NULL, on_done, &outcome);
  return finish (&outcome);
}

static void
test_what_was_removed_before_is_gone (void)
{
  g_autofree char *folder = path_of (NULL);

  g_mkdir_with_parents (folder, 0700);
  write_file ("Old.json.removed", TEXT);
  write_file ("Kept.json", TEXT);
  wait_for ("Kept", TRUE);
  g_assert_false (is_file ("Old.json.removed"));
}

static void
test_what_is_saved_is_there_as_a_network (void)
{
  const WbBlock *block;
  g_autoptr (LatheGraph) graph = NULL;

  g_assert_null (save ("My block"));
  block = wait_for ("My block", TRUE);
  graph = lathe_graph_from_json (block->text, -1, NULL);
  g_assert_cmpuint (lathe_graph_get_n_nodes (graph), ==, 3);
  g_assert_cmpstr (block->help, ==, "2 layers: ReLU, Add");
  g_assert_true (is_file ("My block.json"));
}

static void
test_nothing_is_written_over (void)
{
  g_autofree char *reason = NULL, *path = path_of ("Other.json"), *text = NULL;

  write_file ("Other.json", "{}");
  reason = save ("Other");
  g_assert_nonnull (strstr (reason, "Another block is called “Other”"));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{}");
  g_unlink (path);
}

static void
test_what_is_removed_can_be_put_back (void)
{
  g_autofree char *refused = NULL;

  g_assert_null (save ("Again"));
  wait_for ("Again", TRUE);
  g_assert_null (remove_block ("Again"));
  wait_for ("Again", FALSE);
  g_assert_null (put_back ("Again"));
  wait_for ("Again", TRUE);
  g_assert_null (remove_block ("Again"));
  g_assert_null (remove_block ("Again"));
  g_assert_null (save ("Again"));
  refused = put_back ("Again");
  g_assert_nonnull (strstr (refused, "Another block"));
}

static void
test_what_others_put_there_is_seen (void)
{
  g_autofree char *path = path_of ("Foreign.json");

  write_file ("Foreign.json", TEXT);
  wait_for ("Foreign", TRUE);
  g_unlink (path);
  wait_for ("Foreign", FALSE);
}

static void
test_broken_files_are_listed_with_their_reason (void)
{
  const struct
  {
    const char *text, *reason;
  } broken[] = {
      {"", "is not a network file"},
      {"no JSON", "is not a network file"},
      {"{\"lathe-network\":1,\"nodes\":[{\"name\":\"a\",\"kind\":\"nonsense\",\"inputs\":[]}]}", "nonsense"},
      {"{\"lathe-network\":99,\"nodes\":[]}", "newer"},
      {"{\"lathe-network\":1,\"nodes\":[{\"name\":\"a\",\"kind\":\"input\",\"inputs\":[]}]}", "no layer in it"},
      {"{\"lathe-network\":1,\"nodes\":[{\"name\":\"a\",\"kind\":\"relu\",\"inputs\":[\"a\"]}]}", "circle"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autofree char *name = g_strdup_printf ("Broken %u", i), *file = g_strconcat (name, ".json", NULL);
      const WbBlock *block;

      write_file (file, broken[i].text);
      block = wait_for (name, TRUE);
      g_assert_null (block->text);
      if (strstr (block->help, broken[i].reason) == NULL)
        g_error ("“%s” does not say “%s”", block->help, broken[i].reason);
      g_assert_null (remove_block (name));
      wait_for (name, FALSE);
    }
}

/* Folders, files of another ending, hidden ones, and those whose name no block can have. */
static void
test_other_files_are_left_alone (void)
{
  g_autofree char *folder = path_of ("Folder.json");
  guint n = wb_blocks_list (wb_blocks_get_default ())->len;

  g_mkdir (folder, 0700);
  write_file ("notes.txt", TEXT);
  write_file (".hidden.json", TEXT);
  write_file (" .json", TEXT);
  write_file ("Last.json", TEXT);
  wait_for ("Last", TRUE);
  g_assert_cmpuint (wb_blocks_list (wb_blocks_get_default ())->len, ==, n + 1);
}

/* The folder with all that is in it; and those around it, which hold nothing else. */
static void
clean_up (const char *home)
{
  g_autofree char *folder = path_of (NULL), *lathe = g_path_get_dirname (folder);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while ((file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = path_of (file);

      g_remove (path);
    }
  g_rmdir (folder);
  g_rmdir (lathe);
  g_assert_cmpint (g_rmdir (home), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_autofree char *home = g_dir_make_tmp ("lathe-blocks-XXXXXX", NULL);
  g_autoptr (GApplication) application = NULL;
  int status;

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  application = g_application_new ("org.lathe.Test", G_APPLICATION_NON_UNIQUE);
  g_application_set_default (application);
  g_test_add_func ("/own-blocks/swept", test_what_was_removed_before_is_gone);
  g_test_add_func ("/own-blocks/saved", test_what_is_saved_is_there_as_a_network);
  g_test_add_func ("/own-blocks/taken", test_nothing_is_written_over);
  g_test_add_func ("/own-blocks/removed", test_what_is_removed_can_be_put_back);
  g_test_add_func ("/own-blocks/foreign", test_what_others_put_there_is_seen);
  g_test_add_func ("/own-blocks/broken", test_broken_files_are_listed_with_their_reason);
  g_test_add_func ("/own-blocks/others", test_other_files_are_left_alone);
  status = g_test_run ();
  clean_up (home);
  return status;
}
