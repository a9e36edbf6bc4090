//! A tree of moments: what came of going on from one of them stays when another way is tried.

/// A moment of a run, by the order in which the moments of its lane were made. 0 is the noise.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct NodeId(pub usize);

/// Moments, each but the first with the one that it came from.
#[derive(Clone, Debug)]
pub struct Tree<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Clone, Debug)]
struct Node<T> {
    parent: Option<NodeId>,
    value: T,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { nodes: Vec::new() }
    }
}

impl<T> Tree<T> {
    /// A tree with one moment.
    pub fn new(root: T) -> Self {
        Self { nodes: vec![Node { parent: None, value: root }] }
    }

    /// Adds what came of `parent`.
    pub fn push(&mut self, parent: NodeId, value: T) -> NodeId {
        self.nodes.push(Node { parent: Some(parent), value });
        NodeId(self.nodes.len() - 1)
    }

    /// Drops all but the first `len` that were added, and gives what was dropped.
    pub fn truncate(&mut self, len: usize) -> impl Iterator<Item = T> {
        let dropped = self.nodes.split_off(len.min(self.nodes.len()));
        dropped.into_iter().map(|node| node.value)
    }

    /// Moments of all branches.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What is known of a moment.
    pub fn get(&self, node: NodeId) -> Option<&T> {
        self.nodes.get(node.0).map(|node| &node.value)
    }

    /// What is known of a moment, to be changed.
    pub fn get_mut(&mut self, node: NodeId) -> Option<&mut T> {
        self.nodes.get_mut(node.0).map(|node| &mut node.value)
    }

    /// What is known of each moment, in the order in which they were made.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.nodes.iter_mut().map(|node| &mut node.value)
    }

    /// The moment that `node` came from; nothing for the first.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.nodes.get(node.0)?.parent
    }

    /// From the first moment to `node`; nothing where there is no such moment.
    pub fn path(&self, node: NodeId) -> Vec<NodeId> {
        if node.0 >= self.nodes.len() {
            return Vec::new();
        }
        let mut path: Vec<NodeId> =
            std::iter::successors(Some(node), |node| self.parent(*node)).collect();
        path.reverse();
        path
    }

    /// What came of `node`, in the order in which it was made.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(_, other)| other.parent == Some(node)).map(|(at, _)| NodeId(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 - 1 - 2 - 3, and from 1 another way: 4 - 5.
    fn forked() -> Tree<char> {
        let mut tree = Tree::new('a');
        let ids: Vec<NodeId> =
            "bcd".chars().enumerate().map(|(at, c)| tree.push(NodeId(at), c)).collect();
        assert_eq!(ids, [NodeId(1), NodeId(2), NodeId(3)]);
        let fourth = tree.push(NodeId(1), 'e');
        tree.push(fourth, 'f');
        tree
    }

    #[test]
    fn both_ways_are_kept() {
        let tree = forked();
        let path = |node| -> String {
            tree.path(NodeId(node)).iter().filter_map(|at| tree.get(*at)).collect()
        };
        assert_eq!((path(3).as_str(), path(5).as_str(), path(0).as_str()), ("abcd", "abef", "a"));
        assert_eq!(tree.children(NodeId(1)).collect::<Vec<_>>(), [NodeId(2), NodeId(4)]);
        assert!(tree.path(NodeId(6)).is_empty() && tree.parent(NodeId(0)).is_none());
    }
}
